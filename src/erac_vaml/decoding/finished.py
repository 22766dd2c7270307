"""Which sequences are still decoded. On a CPU those that have ended leave the batch; on a GPU they stay in it."""

import torch
from torch import Tensor

from erac_vaml.networks import rows

_STEPS_BETWEEN_CHECKS = 8
"""On a GPU a check makes the host wait for the device, and costs more than the steps it saves if made at each one."""

_WORTH_LEAVING = 0.75
"""Finished sequences leave the batch when at most this share of it goes on: moving the others costs something too."""


def going_on(going: Tensor) -> Tensor:
    """Return the positions (n,) of the sequences that go on, `going` (R,) bool; on a GPU of all."""
    if rows.shapes_follow_values(going):
        return going.nonzero().squeeze(1)
    return torch.arange(len(going), device=going.device)


def worth_staying(going: Tensor) -> Tensor | None:
    """Return the positions of the sequences that go on where the others should leave the batch now, else None."""
    if not rows.shapes_follow_values(going):
        return None
    positions = going.nonzero().squeeze(1)
    return positions if len(positions) <= _WORTH_LEAVING * len(going) else None


def all_finished(going: Tensor, step: int) -> bool:
    """Return whether no entry of `going` is true, asking a GPU only at every eighth step (counted from 0)."""
    if not rows.shapes_follow_values(going) and (step + 1) % _STEPS_BETWEEN_CHECKS:
        return False
    return not bool(going.any())
