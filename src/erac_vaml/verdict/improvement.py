"""Estimate the probability that a run of one algorithm beats a run of another (Agarwal et al., 2021, rliable).

This probability of improvement is the Mann–Whitney statistic over all pairs of runs; a tie counts half. It needs only
an order, so runs that diverged enter as the worst.
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
        first: (m,) scores, −inf of a run that diverged.
        second: (n,) the other algorithm's.
    """
    if not (len(first) and len(second)):
        return math.nan
    return float(((first[:, None] > second) + 0.5 * (first[:, None] == second)).mean())


def improvement(first: np.ndarray, second: np.ndarray, first_units: int, second_units: int) -> Improvement:
    """Return the probability of improvement with Newcombe's interval for as many observations as there are units.

    The interval is method 5 of Newcombe (2006, Statistics in Medicine 25, 559–573): all θ whose variance, by Hanley and
    McNeil's formula at θ itself, lets the estimate be as far away as it is. It stays within 0 and 1 and has a length
    where all pairs are won, unlike the bootstrap's. The formula is for independent observations: counting the three
    actors of a critic as one never claims more than three critics show, and tests measure that it covers.

    Args:
        first: (m,) scores, −inf of a run that diverged.
        second: (n,) the other algorithm's.
        first_units: independent units (critics or seeds) of the first.
        second_units: independent units of the second.
    """
    estimate = probability_of_improvement(first, second)
    if not math.isfinite(estimate) or min(first_units, second_units) < 2:
        return Improvement(estimate)
    quantile = float(stats.norm.ppf((1 + CONFIDENCE) / 2))

    def beyond(theta: float) -> float:
        """Positive where the estimate is too far from θ."""
        return (estimate - theta) ** 2 - quantile**2 * variance(theta, first_units, second_units)

    # At the estimate itself `beyond` is 0 or less; where it is 0 or 1, the root in question is the other one.
    inside = 1e-9
    low = 0.0 if estimate <= inside else float(optimize.brentq(beyond, 0.0, estimate - inside))
    high = 1.0 if estimate >= 1 - inside else float(optimize.brentq(beyond, estimate + inside, 1.0))
    return Improvement(estimate, low, high)


def variance(theta: float, first_units: int, second_units: int) -> float:
    """Return the variance of the Mann–Whitney estimate of θ: Hanley and McNeil's (1982), made even in the two sizes."""
    others = (first_units + second_units) / 2 - 1
    spread = 1 + others * (1 - theta) / (2 - theta) + others * theta / (1 + theta)
    return theta * (1 - theta) * spread / (first_units * second_units)
