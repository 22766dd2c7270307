"""The interval of the gap between our mean and the paper's, which includes the paper's own uncertainty."""

import numpy as np
import pytest

from erac_vaml.reporting.paper import Spread
from erac_vaml.verdict.intervals import difference, mean_interval
from erac_vaml.verdict.levels import design_effect, paper_interval

CRITICS = np.repeat([1, 2, 3], 3)


def test_runs_that_are_alike_within_their_critics_count_as_one_each():
    alike = np.repeat([28.0, 28.3, 28.1], 3)
    assert design_effect(alike, mean_interval(alike, CRITICS).standard_error, 3) == 3.0
    spread = np.tile([28.0, 28.3, 28.1], 3)
    assert design_effect(spread, mean_interval(spread, CRITICS).standard_error, 3) == 1.0


@pytest.mark.parametrize("actors", [2, 3, 6])
def test_the_design_effect_is_the_papers_whatever_our_number_of_actors_is(actors):
    """With a correlation of 0.4 between runs of a critic, nine runs of three critics have the effect 1 + 2 · 0.4."""
    random = np.random.default_rng(1)
    critics = 3_000
    numbers = np.repeat(np.arange(critics), actors)
    scores = np.sqrt(0.4) * random.normal(size=critics)[numbers] + np.sqrt(0.6) * random.normal(size=len(numbers))
    assert design_effect(scores, mean_interval(scores, numbers).standard_error, critics) == pytest.approx(1.8, abs=0.1)


def test_one_run_of_each_critic_does_not_show_how_runs_of_a_critic_correlate():
    scores = np.array([1.0, 2.0, 3.0])
    assert design_effect(scores, mean_interval(scores, np.arange(3)).standard_error, 3) == 3.0


def test_the_papers_mean_has_the_standard_error_of_nine_runs_or_more():
    scores = np.random.default_rng(0).normal(28, 0.2, 9)
    ours, printed = mean_interval(scores, CRITICS), Spread(mean=28.3, std=0.06)
    assert paper_interval(printed, ours, None).standard_error == pytest.approx(0.02)
    assert 0.02 <= paper_interval(printed, ours, scores).standard_error <= 0.02 * 3**0.5
    exact = paper_interval(Spread(mean=28.3), ours, scores)
    assert (exact.low, exact.high) == (28.3, 28.3)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_the_gaps_interval_covers_where_the_papers_runs_are_as_ours(share):
    random, simulations, covered = np.random.default_rng(5), 2_000, 0
    for _ in range(simulations):
        ours, theirs = (
            np.sqrt(share) * random.standard_normal(3)[CRITICS - 1] + np.sqrt(1 - share) * random.standard_normal(9)
            for _ in range(2)
        )
        printed = Spread(mean=float(theirs.mean()), std=float(theirs.std(ddof=1)))
        mean = mean_interval(ours, CRITICS)
        covered += difference(mean, paper_interval(printed, mean, ours)).contains_zero
    assert covered / simulations > 0.93
