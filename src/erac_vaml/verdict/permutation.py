"""Test two algorithms that share their starts by permutation: flip signs critic by critic.

Runs of equal index are pairs by design: AC and ERAC of index i start from one MLE actor, critic c of both is trained
against the same actor, and MLE, RAML and VAML of one index start from the same parameters. If two algorithms are worth
the same, their names can be exchanged, and differences change their signs. They can be exchanged only for all runs of
a critic at once: the runs under critic c of ERAC have that critic in common, which no run of AC has met, so that single
pairs are not exchangeable. Nor may one critic's runs change places with those of another number, since runs of one
number are alike. So the signs of the critics' mean differences are flipped, all 2^critics of them. Against MLE or RAML,
whose runs are independent, the indices of a critic still go as one block; between MLE and RAML every pair is a block of
its own. The test is exact where two equals' difference is as likely to be x as −x; of two nests, or two sets of seeds,
exchangeable names imply it, of a nest against seeds it is an assumption.

With three critics there are eight arrangements, and no two-sided p is below 2/8: the price of three critics. Six would
reach 2/64.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from erac_vaml.randomness import numpy_generator

_MOST_ARRANGEMENTS = 100_000
"""All of them are taken up to sixteen blocks; beyond, so many are drawn."""


@dataclass(frozen=True)
class SignFlips:
    """What the test says; NaN where there is no block."""

    p_value: float = math.nan
    """Two-sided."""
    least: float = math.nan
    """The smallest p that so many blocks can have."""


def sign_flip_test(differences: np.ndarray) -> SignFlips:
    """Return how many of all sign flips of the blocks give a mean difference as far from 0.

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
