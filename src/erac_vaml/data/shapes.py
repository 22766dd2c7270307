"""Whether the shapes of arrays may depend on values."""

from torch import Tensor


def follow_values(values: Tensor) -> bool:
    """Return whether array shapes may depend on values, so that unneeded elements can be omitted: true on a CPU.

    On a GPU the host would have to wait for the device to know the shape, and such a step could not be captured.
    """
    return values.device.type == "cpu"
