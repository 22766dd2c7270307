"""Choose and name the device of a run, and choose the precision of its matrix products."""

import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from erac_vaml.errors import UserError


def choose_device(name: str) -> torch.device:
    """Return the device with a name such as "auto", "cpu", "cuda" or "cuda:1"; "auto" is a GPU if there is one.

    Raises:
        UserError: there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UserError(f"--device {name}: no such device; take auto, cpu or cuda") from None
    gpus = torch.cuda.device_count()
    if device.type != "cpu" and not (device.type == "cuda" and (device.index or 0) < gpus):
        raise UserError(f"--device {name}: torch finds {gpus} CUDA devices here; take auto, cpu or one of them")
    return device


def device_name(device: torch.device) -> str:
    """Return the name of a GPU or of this machine's processor, as the system reports it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:(.*)", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def has_precision(name: str, device: torch.device) -> bool:
    """Return whether a device multiplies matrices with a precision: "bf16" needs a CPU with AMX.

    On a CPU with AVX-512 BF16 alone, oneDNN computes in float32. "tf32" counts as available on every CPU, where it is
    float32, so that one configuration serves CPUs and GPUs.
    """
    if name != "bf16":
        return True
    return device.type == "cpu" and torch.backends.mkldnn.is_available() and torch.cpu._is_amx_tile_supported()


@contextmanager
def precision(name: str, device: torch.device) -> Iterator[None]:
    """Compute with a precision, then with that of before; `choose_precision` has the arguments and errors.

    Afterwards the three switches no longer follow `torch.backends.fp32_precision`, if they did before.
    """
    before = [backend.fp32_precision for backend in _backends()]
    try:
        choose_precision(name, device)
        yield
    finally:
        for backend, own in zip(_backends(), before, strict=True):
            backend.fp32_precision = own


def choose_precision(name: str, device: torch.device) -> None:
    """Set the precision of the factors of matrix products.

    A GPU computes the products in LSTMs with the same precision. A CPU computes them in float32: oneDNN has a switch
    for LSTMs too, which has no effect in PyTorch 2.13.

    Args:
        name: "float32", "tf32" or "bf16", as in `network.matmul_precision`. Sums are always float32.
        device: the device that computes the products.

    Raises:
        UserError: the device has no such products.
    """
    if not has_precision(name, device):
        where = "a GPU computes none; take tf32" if device.type != "cpu" else "this CPU has none; take float32"
        raise UserError(f"network.matmul_precision: bf16 products need a CPU with AMX; {where}")
    gpu_products, gpu_lstms, cpu_products = _backends()
    gpu_products.fp32_precision = gpu_lstms.fp32_precision = "tf32" if name == "tf32" else "ieee"
    cpu_products.fp32_precision = "bf16" if name == "bf16" else "ieee"


def _backends() -> tuple[Any, Any, Any]:
    """Return PyTorch's switches of a GPU's products, of those in its LSTMs, and of a CPU's products."""
    return torch.backends.cuda.matmul, torch.backends.cudnn.rnn, torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
