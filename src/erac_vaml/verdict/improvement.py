"""Estimate the probability that a run of one algorithm beats a run of another (Agarwal et al., 2021, rliable).

This probability of improvement is the Mann–Whitney statistic over all pairs of runs; a tie counts half. It uses only
the order of the runs, so that diverged runs can enter as the worst.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from erac_vaml.verdict.intervals import CONFIDENCE


@dataclass(frozen=True)
class Improvement:
    """P(a run of the first algorithm > a run of the second), with its interval; NaN where there are too few runs."""

    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan


def probability_of_improvement(first: np.ndarray, second: np.ndarray) -> float:
    """Return the share of all pairs of runs in which the first algorithm's is better, ties counting half.

    Args:
        first: (m,) scores, −inf where the run diverged.
        second: (n,) scores of the other algorithm.
    """
    if not (len(first) and len(second)):
        return math.nan
    return float(((first[:, None] > second) + 0.5 * (first[:, None] == second)).mean())


def improvement(first: np.ndarray, second: np.ndarray, first_units: int, second_units: int) -> Improvement:
    """Return the probability of improvement with Newcombe's interval for as many observations as there are units.

    The interval is method 5 of Newcombe (2006, Statistics in Medicine 25, 559–573): all θ that the estimate does not
    exclude, given the variance at θ by Hanley and McNeil's formula. It stays within 0 and 1, and unlike the bootstrap's
    it has a positive length if all pairs are won. The formula is for independent observations. So the three actors of a
    critic count as one; tests measure that the interval then covers.

    Args:
        first: (m,) scores, −inf where the run diverged.
        second: (n,) scores of the other algorithm.
        first_units: number of independent units (critics or seeds) of the first.
        second_units: number of independent units of the second.
    """
    estimate = probability_of_improvement(first, second)
    if not math.isfinite(estimate) or min(first_units, second_units) < 2:
        return Improvement(estimate)
    quantile = float(stats.norm.ppf((1 + CONFIDENCE) / 2))

    def beyond(theta: float) -> float:
        """Return a positive number where the estimate is too far from θ."""
        return (estimate - theta) ** 2 - quantile**2 * variance(theta, first_units, second_units)

    # At the estimate itself `beyond` is 0 or negative. If the estimate is 0 or 1, there is a root on one side only.
    inside = 1e-9
    low = 0.0 if estimate <= inside else float(optimize.brentq(beyond, 0.0, estimate - inside))
    high = 1.0 if estimate >= 1 - inside else float(optimize.brentq(beyond, estimate + inside, 1.0))
    return Improvement(estimate, low, high)


def variance(theta: float, first_units: int, second_units: int) -> float:
    """Return the variance of the Mann–Whitney estimate of θ: Hanley and McNeil's (1982), symmetric in the two sizes."""
    others = (first_units + second_units) / 2 - 1
    spread = 1 + others * (1 - theta) / (2 - theta) + others * theta / (1 + theta)
    return theta * (1 - theta) * spread / (first_units * second_units)
