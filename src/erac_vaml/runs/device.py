"""Choose the device of a run and the precision of its matrix products."""

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


def choose_precision(matmul_precision: str) -> None:
    """Set the precision of a GPU's matrix products, those in LSTMs included, to "float32" or "tf32"."""
    tf32 = matmul_precision == "tf32"
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
