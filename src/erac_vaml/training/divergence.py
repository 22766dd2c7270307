"""Decide whether a run has diverged; divergence is a result, as in the paper's Table 3 (released-code E7)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from erac_vaml.config.settings import Evaluation


@dataclass(frozen=True)
class Divergence:
    """When and why a run diverged."""

    epoch: int
    step: int
    reason: str


class DivergedError(Exception):
    """Training has diverged."""

    def __init__(self, step: int, reason: str) -> None:
        """Set the step and the reason."""
        super().__init__(reason)
        self.step, self.reason = step, reason


def not_finite(measures: Mapping[str, float]) -> str | None:
    """Return the first measure that is infinite or NaN, in words, or None; such a run has no result."""
    return next((f"{name} is {value}" for name, value in measures.items() if not math.isfinite(value)), None)


def measure_problem(
    name: str,
    value: float,
    before: Sequence[float],
    limits: Evaluation,
    *,
    higher_is_better: bool,
    starts_trained: bool,
) -> str | None:
    """Return the reason why a validation measure means divergence, or None.

    Only a network that starts trained can collapse: the first scores of a network from scratch are near zero and jump.
    A collapse is measured from the best epoch, epoch 0 included, even if epoch 0 does not count as a best epoch.

    Args:
        name: name of the measure.
        value: the measure after this epoch.
        before: the measures of the earlier epochs, including epoch 0 of a trained start.
        limits: how far the measure may get worse.
        higher_is_better: whether a higher measure is better.
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
