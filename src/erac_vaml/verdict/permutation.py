"""Compare two algorithms with paired runs by a permutation test: flip the signs of the differences, critic by critic.

Runs of equal index are pairs: AC and ERAC of index i start from one MLE actor, critic c of both is trained against the
same actor, and MLE, RAML and VAML of one index start from the same parameters. If two algorithms are equally good,
their names can be exchanged, and the differences change their signs. Names can be exchanged only for all runs of a
critic at once: all runs under critic c of ERAC share that critic, and no run of AC does, so single pairs are not
exchangeable. Critics with different numbers cannot be exchanged either, because critic c of one algorithm resembles
critic c of the other. So the test flips the signs of the critics' mean differences, in all 2^critics ways. Against MLE
or RAML, whose runs are independent, the indices of a critic are still one block. Between MLE and RAML every pair is a
block of its own.

The test is exact if the difference of two equally good algorithms is as likely to be x as −x. For two algorithms with
critics, or two with seeds, this follows from exchangeable names. For one with critics against one with seeds it is an
assumption.

With three critics there are eight arrangements, and no two-sided p is below 2/8. Six critics would reach 2/64.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from erac_vaml.randomness import numpy_generator

_MOST_ARRANGEMENTS = 100_000
"""Up to sixteen blocks all arrangements are used; beyond, this many are drawn."""


@dataclass(frozen=True)
class SignFlips:
    """The test's result; NaN where there is no block."""

    p_value: float = math.nan
    """Two-sided."""
    least: float = math.nan
    """The smallest p that is possible with this number of blocks."""


def sign_flip_test(differences: np.ndarray) -> SignFlips:
    """Return the share of all sign flips of the blocks whose mean difference is at least as far from 0.

    Args:
        differences: (blocks,) mean difference of each critic, or of each pair where runs are independent.
    """
    if len(differences) < 2:
        return SignFlips(1.0, 1.0) if len(differences) else SignFlips()
    found = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=_MOST_ARRANGEMENTS,
        rng=numpy_generator(0, "sign flips"),
    )
    return SignFlips(float(found.pvalue), min(1.0, 2.0 ** (1 - len(differences))))
