"""The probability of improvement and its interval."""

import math

import numpy as np
import pytest
from scipy import stats

from erac_vaml.verdict.improvement import improvement, probability_of_improvement, variance


def test_it_is_the_mann_whitney_statistic_with_ties_counting_half():
    random = np.random.default_rng(0)
    first, second = random.integers(0, 5, 9).astype(float), random.integers(0, 5, 7).astype(float)
    assert np.isin(first, second).any()
    expected = stats.mannwhitneyu(first, second).statistic / 63
    assert probability_of_improvement(first, second) == pytest.approx(expected)


def test_a_diverged_run_loses_to_all_that_finished_and_ties_with_its_like():
    first, second = np.array([1.0, -np.inf]), np.array([0.5, -np.inf])
    assert probability_of_improvement(first, second) == (1 + 1 + 0 + 0.5) / 4


def test_the_variance_is_the_published_one():
    # Hanley and McNeil (1982): an area of 0.893 from 51 abnormal and 58 normal images has a standard error of 0.032.
    assert math.sqrt(variance(0.893, 51, 58)) == pytest.approx(0.032, abs=5e-4)


def test_the_interval_holds_the_theta_that_the_estimate_does_not_exclude():
    found = improvement(np.arange(9.0) + 2.0, np.arange(9.0), 9, 9)
    thetas = np.linspace(0, 1, 20_001)
    kept = thetas[[abs(found.estimate - theta) <= 1.959964 * math.sqrt(variance(theta, 9, 9)) for theta in thetas]]
    assert (found.low, found.high) == pytest.approx((kept.min(), kept.max()), abs=1e-4)


def test_all_pairs_won_leave_an_interval():
    won = improvement(np.full(9, 2.0), np.full(9, 1.0), 3, 3)
    lost = improvement(np.full(9, 1.0), np.full(9, 2.0), 3, 3)
    assert (won.estimate, won.high) == (1.0, 1.0)
    assert 0.45 < won.low < 0.55
    assert (lost.low, lost.high) == pytest.approx((1 - won.high, 1 - won.low), abs=1e-6)


@pytest.mark.parametrize(("first", "units"), [([], 3), ([1.0], 1)])
def test_too_few_runs_have_no_interval(first, units):
    assert math.isnan(improvement(np.array(first), np.array([1.0, 2.0]), units, 2).low)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_the_interval_covers_at_least_what_it_says(share, shift):
    random, simulations, covered = np.random.default_rng(4), 600, 0
    truth = stats.norm.cdf(shift / math.sqrt(2))
    critics = np.repeat(np.arange(3), 3)
    for _ in range(simulations):
        first, second = (
            np.sqrt(share) * random.standard_normal(3)[critics] + np.sqrt(1 - share) * random.standard_normal(9)
            for _ in range(2)
        )
        found = improvement(first + shift, second, 3, 3)
        covered += found.low <= truth <= found.high
    assert covered / simulations > 0.93
