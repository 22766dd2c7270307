"""Intervals of means over nested runs: against published and library values, and their coverage in simulation."""

import math
import tracemalloc
from itertools import product

import numpy as np
import pytest
from scipy import stats

from erac_vaml.verdict.bootstrap import nested_bootstrap, percentile_interval
from erac_vaml.verdict.intervals import Interval, around, difference, mean_interval, settling_units, unit_means

SLEEP = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_OTHER = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
"""Hours of sleep that ten patients gained with each of two drugs (Student, 1908)."""
CRITICS = np.repeat([1, 2, 3], 3)


def simulated(share, simulations, sizes=(3, 3, 3), seed=1):
    """Draw scores (simulations, runs) of mean 0 and variance 1, a share of it between critics, and critics (runs,)."""
    random = np.random.default_rng(seed)
    critics = np.repeat(np.arange(len(sizes)), sizes)
    between = random.standard_normal((simulations, len(sizes)))[:, critics]
    return np.sqrt(share) * between + np.sqrt(1 - share) * random.standard_normal((simulations, len(critics))), critics


def coverage(scores, critics, interval_of):
    intervals = (interval_of(row, critics) for row in scores)
    return np.mean([low <= 0.0 <= high for low, high in intervals])


def t_limits(values, critics):
    interval = mean_interval(values, critics)
    return interval.low, interval.high


def test_independent_units_have_students_interval():
    interval = mean_interval(SLEEP_OTHER - SLEEP, np.arange(10))
    # R's t.test(extra ~ group, data = sleep, paired = TRUE): 0.7001142, 2.4598858.
    assert (interval.estimate, interval.low, interval.high) == pytest.approx((1.58, 0.7001142, 2.4598858), abs=1e-6)


def test_a_nest_has_the_interval_of_its_critics_means():
    values = np.random.default_rng(0).normal(28, 0.3, 9)
    interval = mean_interval(values, CRITICS)
    means = values.reshape(3, 3).mean(axis=1)
    expected = stats.ttest_1samp(means, 0.0).confidence_interval(0.95)
    assert interval.estimate == pytest.approx(values.mean())
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    # The same by an analysis of variance: the mean square between critics over all runs is the variance of the mean.
    between = 3 * ((means - values.mean()) ** 2).sum() / 2
    assert interval.standard_error**2 == pytest.approx(between / 9)


def test_the_order_of_runs_and_missing_ones_do_not_matter_to_the_units():
    assert unit_means(np.array([1.0, 5.0, 3.0]), np.array([7, 2, 7])).tolist() == [5.0, 2.0]


@pytest.mark.parametrize(("values", "estimate"), [([], math.nan), ([28.0, 29.0], 28.5)])
def test_fewer_than_two_units_have_no_interval(values, estimate):
    interval = mean_interval(np.array(values), np.ones(len(values)))
    assert interval.estimate == pytest.approx(estimate, nan_ok=True)
    assert not interval.known


def test_equal_means_have_an_interval_without_length():
    assert t_limits(np.full(6, 2.0), np.repeat([1, 2, 3], 2)) == (2.0, 2.0)


def test_a_difference_of_independent_means_is_welchs():
    found = difference(mean_interval(SLEEP_OTHER, np.arange(10)), mean_interval(SLEEP, np.arange(10)))
    # R's t.test(extra ~ group, data = sleep): t = 1.8608, df = 17.776, −0.2054832, 3.3654832.
    assert (found.low, found.high) == pytest.approx((-0.2054832, 3.3654832), abs=1e-6)
    assert found.degrees_of_freedom == pytest.approx(17.776, abs=1e-3)


def test_a_difference_from_an_exact_number_keeps_the_interval():
    interval = mean_interval(SLEEP, np.arange(10))
    found = difference(interval, around(0.5, 0.0, 8))
    assert (found.low, found.high) == pytest.approx((interval.low - 0.5, interval.high - 0.5))
    assert not difference(interval, Interval(0.5)).known


@pytest.mark.parametrize(("deviation", "distance"), [(0.3, 0.5), (0.3, 0.2), (0.3, 0.1)])
def test_the_settling_number_of_units_is_the_least_whose_interval_is_short_enough(deviation, distance):
    def reaches(units):
        return stats.t.ppf(0.975, units - 1) * deviation / math.sqrt(units)

    found = settling_units(deviation, distance)
    assert reaches(found) <= distance
    assert found == 2 or reaches(found - 1) > distance


def test_what_no_number_of_units_settles_has_none():
    assert settling_units(0.3, 0.001) is None
    assert settling_units(0.0, 0.3, other=around(28.0, 0.5, 8)) is None


def test_the_bootstrap_has_the_distribution_of_all_resamples():
    values, critics = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1, 1, 2, 2])
    every = [
        np.mean([np.mean([values[2 * critic + actor] for actor in actors]) for critic, actors in chosen])
        for chosen in product(product((0, 1), product((0, 1), repeat=2)), repeat=2)
    ]
    drawn = nested_bootstrap(values, critics, np.random.default_rng(0), 200_000)
    assert set(np.round(drawn, 9)) == set(np.round(every, 9))
    assert drawn.mean() == pytest.approx(np.mean(every), abs=0.02)
    assert drawn.std() == pytest.approx(np.std(every), abs=0.02)
    assert (drawn <= 2.0).mean() == pytest.approx(np.mean(np.array(every) <= 2.0), abs=0.01)


def test_the_bootstrap_takes_critics_of_unequal_size():
    drawn = nested_bootstrap(np.array([1.0, 3.0, 5.0]), np.array([1, 1, 2]), np.random.default_rng(0), 1_000)
    assert set(drawn) == {1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0}


def test_the_bootstrap_of_many_independent_runs_needs_memory_for_one_number_a_run_and_resample():
    runs, resamples = 300, 1_000
    tracemalloc.start()
    drawn = nested_bootstrap(np.arange(float(runs)), np.arange(runs), np.random.default_rng(0), resamples)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The mean of n draws from 0 … n − 1: its deviation is that of one draw over √n.
    assert drawn.std() == pytest.approx(math.sqrt((runs**2 - 1) / 12 / runs), rel=0.1)
    assert most < 5 * 8 * runs * resamples


def test_percentiles_hold_95_percent_of_the_resamples():
    assert percentile_interval(np.arange(1001.0)) == pytest.approx((25.0, 975.0))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_the_interval_covers_what_it_says_whatever_critics_matter(share):
    assert abs(coverage(*simulated(share, 4_000), t_limits) - 0.95) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_the_interval_nearly_covers_where_runs_are_missing(share):
    assert coverage(*simulated(share, 4_000, sizes=(3, 2, 1)), t_limits) > 0.93


@pytest.mark.slow
def test_percentiles_of_three_critics_cover_far_less():
    random = np.random.default_rng(2)

    def percentiles(values, critics):
        return percentile_interval(nested_bootstrap(values, critics, random, 500))

    assert coverage(*simulated(0.8, 400), percentiles) < 0.85


@pytest.mark.slow
def test_nine_runs_taken_as_independent_cover_far_less():
    assert coverage(*simulated(0.3, 2_000), lambda values, critics: t_limits(values, np.arange(9))) < 0.9
