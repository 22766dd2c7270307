"""Compute confidence intervals of means over runs that share critics: Student's t on the critics' means.

Three critics are three draws, however many actors each has trained. The mean of all runs is the mean of the critics'
means, which are independent. So t with (critics − 1) degrees of freedom is exact for normal scores, whatever share of
the variance lies between critics: in a balanced nest they are Satterthwaite's for this mean. Scores far from normal
cost a few points of coverage.

A bootstrap of three critics cannot do it. Where critics matter, resampled means lie between the least and the greatest
of three, and that range holds the true mean with probability 1 − 2 · ½³ = 0.75: no percentile of it covers 95 %. The
studentised bootstrap does cover, with intervals one and a half to six times as long. docs/verdict.md has the
measurements, `python -m benchmarks.coverage` makes them.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
MOST_UNITS = 100
"""Where more critics or seeds than this would be needed, the answer is: more than anybody trains."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its two-sided interval of `CONFIDENCE`; NaN where fewer than two independent units are there."""

    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    standard_error: float = math.nan
    degrees_of_freedom: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is an interval, not an estimate alone."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def contains_zero(self) -> bool:
        """Whether chance alone can be behind the estimate."""
        return self.low <= 0.0 <= self.high


def unit_means(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return the mean of each independent unit (critic or seed), in the order of their numbers.

    Args:
        values: (n,) one number a run.
        units: (n,) the unit of each run.
    """
    return np.array([values[units == unit].mean() for unit in np.unique(units)])


def mean_interval(values: np.ndarray, units: np.ndarray) -> Interval:
    """Return the mean of the units' means with its t interval; of equally large units it is the mean of all values.

    With units of unequal size (runs are missing) the t interval is an approximation, which tests measure.

    Args:
        values: (n,) one number a run.
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
    half = half_width(standard_error, degrees_of_freedom)
    return Interval(estimate, estimate - half, estimate + half, standard_error, degrees_of_freedom)


def half_width(standard_error: float, degrees_of_freedom: float) -> float:
    """Return half the length of a t interval."""
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, degrees_of_freedom)) * standard_error


def difference(first: Interval, second: Interval) -> Interval:
    """Return first − second of two independent estimates, with Welch's and Satterthwaite's degrees of freedom."""
    estimate = first.estimate - second.estimate
    if not (first.known and second.known):
        return Interval(estimate)
    variances = first.standard_error**2, second.standard_error**2
    if sum(variances) == 0.0:
        return Interval(estimate, estimate, estimate, 0.0, first.degrees_of_freedom)
    shares = variances[0] ** 2 / first.degrees_of_freedom + variances[1] ** 2 / second.degrees_of_freedom
    return around(estimate, math.sqrt(sum(variances)), sum(variances) ** 2 / shares)


def settling_units(deviation: float, distance: float, other: Interval | None = None) -> int | None:
    """Return how many units have an interval of half the length `distance`, if their spread stays as it is.

    Args:
        deviation: sample standard deviation of the units' means.
        distance: how far the estimate is from where the verdict turns.
        other: an independent estimate that the mean is compared with.

    Returns:
        The least number, two or more; None where `MOST_UNITS` would not do.
    """
    for units in range(2, MOST_UNITS + 1):
        interval = around(0.0, deviation / math.sqrt(units), units - 1)
        if other is not None:
            interval = difference(interval, other)
        if interval.high - interval.estimate <= distance:
            return units
    return None
