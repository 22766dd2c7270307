"""Decide when a run has diverged, which is a result, as in the paper's Table 3 (released-code E7)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from erac_vaml.config.settings import Evaluation


@dataclass(frozen=True)
class Divergence:
    """The moment a run diverged."""

    epoch: int
    step: int
    reason: str


class DivergedError(Exception):
    """Training has diverged."""

    def __init__(self, step: int, reason: str) -> None:
        """Record the step and why."""
        super().__init__(reason)
        self.step, self.reason = step, reason


def measure_problem(
    name: str,
    value: float,
    before: Sequence[float],
    limits: Evaluation,
    *,
    higher_is_better: bool,
    starts_trained: bool,
) -> str | None:
    """Return why a validation measure means divergence, or None.

    A network that is trained from scratch cannot collapse: its first epochs' scores are near zero and jump. One that
    starts trained is compared with its start too, even where the start does not count as a best: a collapse is a fall
    from what the run began with.

    Args:
        name: of the measure.
        value: after this epoch.
        before: of the epochs before it, that of a trained start included.
        limits: how far it may get worse.
        higher_is_better: of the measure.
        starts_trained: whether the network comes from another stage.
    """
    if not math.isfinite(value):
        return f"{name} is {value}"
    if not before:
        return None
    best = max(before) if higher_is_better else min(before)
    if higher_is_better and starts_trained and value < limits.collapse_ratio * best:
        return f"{name} fell from {best:.2f} to {value:.2f}"
    if not higher_is_better and value > limits.explosion_ratio * best:
        return f"{name} rose from {best:.4g} to {value:.4g}"
    return None
