"""When decoding may stop early: the one place of a step that branches on a tensor's value."""

from torch import Tensor

_STEPS_BETWEEN_CHECKS = 8
"""On a GPU a check makes the host wait for the device, and costs more than the steps it saves if made at each one."""


def all_finished(finished: Tensor, step: int) -> bool:
    """Return whether every entry of `finished` is true, asking a GPU only at every eighth step (counted from 0)."""
    if finished.device.type != "cpu" and (step + 1) % _STEPS_BETWEEN_CHECKS:
        return False
    return bool(finished.all())
