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
    """What the runs say of first − second."""

    difference: Interval
    """Mean over units of the mean difference of the unit's pairs."""
    pairs: int
    """Indices that have finished in both."""
    units: int
    """Independent units among them."""
    unit: str
    """"critic" or "seed"."""
    flips: SignFlips
    improvement: Improvement
    """Over all runs that have ended, paired or not; diverged ones are the worst."""
    finished: tuple[int, int]
    diverged: tuple[int, int]

    @property
    def more_units(self) -> int | None:
        """Further units that would move 0 out of the interval if mean and spread stay; None: more than anybody trains.

        Needs an interval.
        """
        deviation = self.difference.standard_error * math.sqrt(self.units)
        wanted = settling_units(deviation, abs(self.difference.estimate))
        return None if wanted is None else max(wanted - self.units, 1)


def compare(first: Cell, second: Cell) -> Contrast:
    """Return first against second. Pairs of which one run is missing or diverged have no difference."""
    scores, units = pairs([first, second])
    differences = scores[:, 0] - scores[:, 1]
    (first_scores, first_units), (second_scores, second_units) = first.ranked, second.ranked
    return Contrast(
        difference=mean_interval(differences, units),
        pairs=len(differences),
        units=len(np.unique(units)),
        unit="critic" if "critic" in (first.unit, second.unit) else "seed",
        flips=sign_flip_test(unit_means(differences, units)),
        improvement=improvement(first_scores, second_scores, first_units, second_units),
        finished=(first.n_finished, second.n_finished),
        diverged=(first.n_diverged, second.n_diverged),
    )
