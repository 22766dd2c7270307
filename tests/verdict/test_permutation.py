"""The sign-flip test: against all permutations, Fisher's analysis of Darwin's plants, and its size in simulation."""

from itertools import product

import numpy as np
import pytest

from erac_vaml.verdict.intervals import unit_means
from erac_vaml.verdict.permutation import sign_flip_test

DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
"""Crossed less self-fertilised maize in eighths of an inch, fifteen pairs (Fisher, The Design of Experiments, §21)."""


def by_enumeration(differences):
    """Return twice the share of arrangements whose sum is at least, or at most, the observed one: the smaller share."""
    sums = [np.dot(signs, differences) for signs in product((-1, 1), repeat=len(differences))]
    observed = differences.sum()
    upper = np.mean([total >= observed - 1e-9 for total in sums])
    lower = np.mean([total <= observed + 1e-9 for total in sums])
    return min(1.0, 2 * min(upper, lower))


def test_darwins_plants_have_fishers_p():
    # 863 of 2¹⁵ arrangements have so great a sum, and as many so small a one.
    assert sign_flip_test(DARWIN).p_value == pytest.approx(2 * 863 / 2**15)


@pytest.mark.parametrize("blocks", [1, 2, 3, 6, 9])
def test_p_is_that_of_all_arrangements(blocks):
    differences = np.random.default_rng(blocks).normal(0.5, 1.0, blocks)
    found = sign_flip_test(differences)
    assert found.p_value == pytest.approx(by_enumeration(differences))
    assert found.least == pytest.approx(by_enumeration(np.arange(1.0, blocks + 1)))


def test_three_critics_that_agree_cannot_have_less_than_a_quarter():
    found = sign_flip_test(np.array([0.2, 0.3, 0.4]))
    assert (found.p_value, found.least) == (0.25, 0.25)


def test_no_difference_is_no_evidence():
    assert sign_flip_test(np.zeros(6)).p_value == 1.0


def test_no_block_has_no_p():
    assert np.isnan(sign_flip_test(np.array([])).p_value)


def test_many_blocks_are_drawn_the_same_each_time():
    differences = np.random.default_rng(0).normal(0.4, 1.0, 20)
    assert sign_flip_test(differences) == sign_flip_test(differences)


def simulated_pairs(random, critics, share):
    """Return differences of two equally good algorithms, whose runs share starts but no critics, and their blocks."""
    blocks = np.repeat(np.arange(critics), 3)
    starts = random.standard_normal(len(blocks))

    def scores():
        own = random.standard_normal(critics)[blocks] * np.sqrt(share)
        return own + np.sqrt(1 - share) * (starts + random.standard_normal(len(blocks))) / np.sqrt(2)

    return scores() - scores(), blocks


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_equal_algorithms_are_told_apart_no_more_often_than_the_level_says(share):
    random, simulations = np.random.default_rng(3), 1_500
    by_critic, by_run = [], []
    for _ in range(simulations):
        differences, blocks = simulated_pairs(random, 6, share)
        by_critic.append(sign_flip_test(unit_means(differences, blocks)).p_value)
        by_run.append(sign_flip_test(differences[:9]).p_value)
    for level in (0.05, 0.25):
        assert np.mean(np.array(by_critic) <= level) < level + 2 * np.sqrt(level * (1 - level) / simulations)
    if share:
        # Flipping each of nine runs as if three critics were nine finds differences that are not there.
        assert np.mean(np.array(by_run) <= 0.05) > 0.1
