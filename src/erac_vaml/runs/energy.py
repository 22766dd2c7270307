"""Read the energy that a GPU has consumed: NVIDIA GPUs since Volta, but no MIG instances."""

import pynvml
import torch


def gpu_identity(device: torch.device) -> str | None:
    """Return the UUID of a GPU, which is the same in every process; None for a CPU."""
    if device.type != "cuda":
        return None
    return f"GPU-{torch.cuda.get_device_properties(device).uuid}"


def consumed_joules(identity: str | None) -> float | None:
    """Return the energy in joules that a GPU has consumed since its driver was loaded, or None if it is unknown.

    Args:
        identity: UUID of the GPU; None for a CPU.
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
    except pynvml.NVMLError:  # A run goes on without this number.
        return None
