"""Faster versions of plain functions: code written by hand, or with private interfaces of PyTorch or the C library.

Each kernel computes the same as a plain function or PyTorch's public interface. Its docstring names that function, and
a test compares the two. The environment variable `ERAC_VAML_KERNELS` selects kernels: `all` (the default), `none`, or
names separated by commas, for example `products,adam`.

| Name | Kernel | Instead of |
|---|---|---|
| `products` | large products by oneDNN's operator | `@`, `torch.nn.functional.linear` |
| `rows` | two equations of scores with their gradients by hand | autograd |
| `attention` | MLP attention by exponentials, a few sources at a time | `tanh` of the whole hidden layer |
| `adam` | PyTorch's fused functional Adam | Adam's equations |
| `allocator` | freed memory is kept | the C library's defaults |

docs/findings/performance.md has the time that each kernel saves.
"""

import os
from functools import cache

from erac_vaml.errors import UserError

VARIABLE = "ERAC_VAML_KERNELS"
NAMES = frozenset({"products", "rows", "attention", "adam", "allocator"})


def is_on(name: str) -> bool:
    """Return whether the kernel with this name is on.

    Raises:
        UserError: the environment variable names an unknown kernel.
    """
    return name in _chosen(os.environ.get(VARIABLE, "all"))


@cache
def _chosen(value: str) -> frozenset[str]:
    if value in ("all", "none"):
        return NAMES if value == "all" else frozenset()
    chosen = frozenset(name.strip() for name in value.split(","))
    if unknown := sorted(chosen - NAMES):
        names = ", ".join(sorted(NAMES))
        raise UserError(f"{VARIABLE}={value}: no kernel is called {unknown[0]!r}; choose all, none or some of {names}")
    return chosen
