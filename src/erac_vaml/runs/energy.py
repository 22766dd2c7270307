"""Read how much energy a GPU has consumed: of NVIDIA's since Volta, and not of a part of one (MIG)."""

import pynvml
import torch


def gpu_identity(device: torch.device) -> str | None:
    """Return the UUID of a GPU, which is the same in every process; None of a CPU."""
    if device.type != "cuda":
        return None
    return f"GPU-{torch.cuda.get_device_properties(device).uuid}"


def consumed_joules(identity: str | None) -> float | None:
    """Return the energy in joules that a GPU has consumed since its driver was loaded; None where it is unknown.

    Args:
        identity: its UUID; None: no GPU.
    """
    if identity is None:
        return None
    try:
        pynvml.nvmlInit()
        try:
            handle = pynvml.nvmlDeviceGetHandleByUUID(identity)
            return pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000.0
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError:  # No run ends because this number is missing.
        return None
