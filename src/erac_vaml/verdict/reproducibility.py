"""Quantify how far measurements of one score lie apart: the coefficient of variation for small samples, CV*.

Belz, Popović and Mille (2022), "Quantified Reproducibility Assessment of NLP Results", and Belz (2022), "A Metrological
Perspective on Reproducibility in NLP", propose it as the degree of reproducibility of a result.
"""

import math
from collections.abc import Sequence

import numpy as np


def coefficient_of_variation(scores: Sequence[float]) -> float:
    """Return CV*, (1 + 1/(4n)) · s* / |m| · 100, in percent: 0 if all scores are equal.

    m is the mean, and s* the unbiased standard deviation. The first factor corrects the ratio for small samples.

    Args:
        scores: (n,) the measured score of the original and of each reproduction, on a scale that starts at 0.

    Returns:
        NaN if there are fewer than two finite scores, or if their mean is 0.
    """
    values = np.asarray(scores, dtype=float)
    mean = float(values.mean()) if len(values) else math.nan
    if len(values) < 2 or not np.isfinite(values).all() or mean == 0.0:
        return math.nan
    return (1 + 1 / (4 * len(values))) * unbiased_deviation(values) / abs(mean) * 100


def unbiased_deviation(scores: Sequence[float] | np.ndarray) -> float:
    """Return s* = s / c4(n), whose expectation is the standard deviation of normal scores.

    Args:
        scores: (n,) scores, n ≥ 2; s is their sample standard deviation (n − 1).
    """
    n = len(scores)
    c4 = math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))
    return float(np.std(scores, ddof=1)) / c4
