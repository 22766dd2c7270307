"""Estimate the expected best score of a search with a given number of trials (Dodge et al., 2019)."""

from collections.abc import Sequence

import numpy as np


def expected_best(scores: Sequence[float], trials: int) -> float:
    """Return the expected highest score of `trials` draws, with replacement, from the scores.

    This is the expected validation performance of Dodge et al. (2019), "Show Your Work", section 3: the empirical
    distribution of the scores stands for that of a random trial.

    Args:
        scores: (n,) validation score of each trial that was made, n ≥ 1.
        trials: number of draws, at least 1.
    """
    ordered = np.sort(np.asarray(scores, dtype=float))
    # Probability that all draws are among the lowest 0, 1, …, n scores.
    below = (np.arange(len(ordered) + 1) / len(ordered)) ** trials
    return float(ordered @ np.diff(below))
