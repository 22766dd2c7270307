"""The same numbers faster: what is written by hand, and what uses private interfaces of PyTorch or the C library.

Each kernel computes what a plain function or PyTorch's public interface computes; its docstring names it, and its test
compares them. The environment variable `ERAC_VAML_KERNELS` says which are on: `all` (the default), `none`, or their
names with commas between, for example `products,adam`.

| Name | Kernel | Instead of |
|---|---|---|
| `products` | large products by oneDNN's operator | `@`, `torch.nn.functional.linear` |
| `rows` | two equations of scores with their gradients by hand | autograd |
| `attention` | MLP attention by exponentials, a few sources at a time | `tanh` of the whole hidden layer |
| `adam` | PyTorch's fused functional Adam | Adam's equations |
| `allocator` | freed memory is kept | the C library's defaults |

What each of them saves is in docs/performance.md.
"""

import os
from functools import cache

from erac_vaml.errors import UserError

VARIABLE = "ERAC_VAML_KERNELS"
NAMES = frozenset({"products", "rows", "attention", "adam", "allocator"})


def is_on(name: str) -> bool:
    """Return whether the kernel of this name is on.

    Raises:
        UserError: the environment variable names a kernel that does not exist.
    """
    return name in _chosen(os.environ.get(VARIABLE, "all"))


@cache
def _chosen(value: str) -> frozenset[str]:
    if value in ("all", "none"):
        return NAMES if value == "all" else frozenset()
    chosen = frozenset(name.strip() for name in value.split(","))
    if unknown := sorted(chosen - NAMES):
        names = ", ".join(sorted(NAMES))
        raise UserError(f"{VARIABLE}={value}: no kernel is called {unknown[0]!r}; take all, none or some of {names}")
    return chosen
