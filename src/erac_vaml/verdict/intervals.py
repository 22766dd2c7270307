"""Compute confidence intervals of means over runs that share critics: Student's t on the critics' means.

Three critics are three draws, however many actors each has trained. The mean of all runs is the mean of the critics'
means, and these are independent. So t with (critics − 1) degrees of freedom is exact for normal scores, whatever share
of the variance lies between critics. In a balanced nest this is Satterthwaite's number. Scores that are far from normal
cost a few points of coverage.

A bootstrap of three critics does not reach this coverage. Where critics matter, the resampled means lie between the
smallest and the largest of three, and this range holds the true mean with probability 1 − 2 · ½³ = 0.75. So none of its
percentile intervals covers 95 %. The studentised bootstrap does, but its intervals are 1.5 to 6 times as long.
docs/reference/verdict.md has the measurements; `python -m benchmarks.coverage` repeats them.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from erac_vaml.plan import FEWEST

CONFIDENCE = 0.95
MOST_UNITS = 100
"""Limit of the search for how many critics or seeds would settle a question: nobody trains more."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its two-sided interval of `CONFIDENCE`; NaN where there are fewer than two independent units."""

    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    standard_error: float = math.nan
    degrees_of_freedom: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is an interval, and not only an estimate."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def shown(self) -> "Interval":
        """The same if it comes from at least `FEWEST` units, otherwise the estimate alone: two say little."""
        return self if self.degrees_of_freedom >= FEWEST - 1 else Interval(self.estimate)

    @property
    def contains_zero(self) -> bool:
        """Whether chance alone can explain the estimate."""
        return self.low <= 0.0 <= self.high


def unit_means(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return the mean of each independent unit (critic or seed), (units, …), by rising number of the unit.

    Args:
        values: (n, …) one or more numbers for each run.
        units: (n,) the unit of each run.
    """
    return np.array([values[units == unit].mean(axis=0) for unit in np.unique(units)])


def mean_interval(values: np.ndarray, units: np.ndarray) -> Interval:
    """Return the mean of the units' means with its t interval.

    If the units are equally large, it is the mean of all values. If they are not (runs are missing), the t interval is
    approximate; tests measure how well it covers.

    Args:
        values: (n,) one number for each run.
        units: (n,) the unit of each run: its critic, or the run's own number where runs are independent.
    """
    means = unit_means(values, units)
    if len(means) == 0:
        return Interval()
    estimate = float(means.mean())
    if len(means) == 1:
        return Interval(estimate)
    return around(estimate, float(means.std(ddof=1)) / math.sqrt(len(means)), len(means) - 1)


def around(estimate: float, standard_error: float, degrees_of_freedom: float) -> Interval:
    """Return the t interval of an estimate."""
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, degrees_of_freedom)) * standard_error
    return Interval(estimate, estimate - half, estimate + half, standard_error, degrees_of_freedom)


def difference(first: Interval, second: Interval) -> Interval:
    """Return first − second of two independent estimates, with the degrees of freedom of Welch and Satterthwaite."""
    estimate = first.estimate - second.estimate
    if not (first.known and second.known):
        return Interval(estimate)
    variances = first.standard_error**2, second.standard_error**2
    if sum(variances) == 0.0:
        return Interval(estimate, estimate, estimate, 0.0, first.degrees_of_freedom)
    shares = variances[0] ** 2 / first.degrees_of_freedom + variances[1] ** 2 / second.degrees_of_freedom
    return around(estimate, math.sqrt(sum(variances)), sum(variances) ** 2 / shares)


def settling_units(deviation: float, distance: float, other: Interval | None = None) -> int | None:
    """Return the smallest number of units whose interval reaches no farther than `distance`, at the same spread.

    Args:
        deviation: sample standard deviation of the units' means.
        distance: from the estimate to the value at which the verdict changes.
        other: an independent estimate that the mean is compared with.

    Returns:
        Two or more; None if `MOST_UNITS` are too few.
    """
    for units in range(2, MOST_UNITS + 1):
        interval = around(0.0, deviation / math.sqrt(units), units - 1)
        if other is not None:
            interval = difference(interval, other)
        if interval.high - interval.estimate <= distance:
            return units
    return None
