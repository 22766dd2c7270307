"""Contrast two cells run against run: difference of means, permutation test, probability of improvement."""

import math
from dataclasses import dataclass

import numpy as np

from erac_vaml.plan import Cell, pairs
from erac_vaml.verdict.improvement import Improvement, improvement
from erac_vaml.verdict.intervals import Interval, mean_interval, settling_units, unit_means
from erac_vaml.verdict.permutation import SignFlips, sign_flip_test


@dataclass(frozen=True)
class Contrast:
    """Measures of first − second."""

    difference: Interval
    """Mean over the units, of the mean difference within each unit."""
    pairs: int
    """Number of indices whose runs have finished in both cells."""
    units: int
    """Number of independent units among the pairs."""
    unit: str
    """"critic" or "seed"."""
    flips: SignFlips
    improvement: Improvement
    """Over all runs that have ended, paired or not. A diverged run ranks below all others."""
    finished: tuple[int, int]
    diverged: tuple[int, int]
    ended_units: tuple[tuple[int, int], tuple[int, int]]
    """`Cell.ended_units` of both."""

    @property
    def more_units(self) -> int | None:
        """Further units that would move 0 out of the interval at this mean and spread; None: `MOST_UNITS` are too few.

        The difference must have an interval.
        """
        deviation = self.difference.standard_error * math.sqrt(self.units)
        wanted = settling_units(deviation, abs(self.difference.estimate))
        return None if wanted is None else max(wanted - self.units, 1)


def compare(first: Cell, second: Cell) -> Contrast:
    """Return the contrast first − second. A pair with a missing or diverged run has no difference."""
    scores, units = pairs([first, second])
    differences = scores[:, 0] - scores[:, 1]
    return Contrast(
        difference=mean_interval(differences, units),
        pairs=len(differences),
        units=len(np.unique(units)),
        unit="critic" if "critic" in (first.unit, second.unit) else "seed",
        flips=sign_flip_test(unit_means(differences, units)),
        improvement=improvement(
            first.ended_scores, second.ended_scores, sum(first.ended_units), sum(second.ended_units)
        ),
        finished=(first.n_finished, second.n_finished),
        diverged=(first.n_diverged, second.n_diverged),
        ended_units=(first.ended_units, second.ended_units),
    )
