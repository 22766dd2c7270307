"""Which sequences are still decoded. On a CPU finished sequences leave the batch; on a GPU they stay in it."""

import torch
from torch import Tensor

from erac_vaml.data import shapes

_STEPS_BETWEEN_CHECKS = 8
"""On a GPU a check makes the host wait for the device: a check at each step costs more than the steps that it saves."""

_WORTH_LEAVING = 0.95
"""Finished sequences leave the batch when at most this share of it is unfinished: moving the rest has a cost."""


def going_on(going: Tensor) -> Tensor:
    """Return the positions (n,) where `going` (R,) is true, the unfinished sequences; on a GPU all positions."""
    if shapes.follow_values(going):
        return going.nonzero().squeeze(1)
    return torch.arange(len(going), device=going.device)


def worth_staying(going: Tensor) -> Tensor | None:
    """Return the positions of the unfinished sequences if the others should leave the batch now, otherwise None."""
    if not shapes.follow_values(going):
        return None
    positions = going.nonzero().squeeze(1)
    return positions if len(positions) <= _WORTH_LEAVING * len(going) else None


def all_finished(going: Tensor, step: int) -> bool:
    """Return whether no entry of `going` is true; on a GPU only every eighth step checks it."""
    if not shapes.follow_values(going) and (step + 1) % _STEPS_BETWEEN_CHECKS:
        return False
    return not bool(going.any())
