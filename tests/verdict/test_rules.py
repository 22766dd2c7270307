"""The rules of verdicts, one by one."""

import pytest

from erac_vaml.verdict.contrast import Contrast
from erac_vaml.verdict.improvement import Improvement
from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.permutation import SignFlips
from erac_vaml.verdict.rules import (
    Level,
    Outcome,
    judge_contrast,
    judge_counts,
    judge_difference,
    judge_level,
    judge_no_gain,
    judge_onset,
    judge_trend,
    mostly_diverged,
    weakest,
)

UNKNOWN = Interval(0.3)


def between(low, high):
    return Interval((low + high) / 2, low, high, (high - low) / 4, 2)


def contrast(difference, finished=(9, 9), diverged=(0, 0), ended_units=None):
    """A contrast of two cells; without `ended_units` each run is a unit of its own."""
    ended_units = ended_units or tuple(zip(finished, diverged, strict=True))
    return Contrast(difference, 9, 3, "critic", SignFlips(), Improvement(), finished, diverged, ended_units)


@pytest.mark.parametrize(
    ("interval", "significantly", "on_average"),
    [
        (between(0.1, 0.5), Outcome.SUPPORTED, Outcome.SUPPORTED),
        (between(-0.1, 0.5), Outcome.OPEN, Outcome.ON_AVERAGE),
        (between(-0.5, 0.1), Outcome.NOT_SUPPORTED, Outcome.NOT_SUPPORTED),
        (between(0.0, 0.0), Outcome.NOT_SUPPORTED, Outcome.NOT_SUPPORTED),
        (between(-0.5, -0.1), Outcome.CONTRADICTED, Outcome.CONTRADICTED),
        (UNKNOWN, Outcome.NOT_TESTED, Outcome.NOT_TESTED),
    ],
)
def test_a_difference_is_judged_by_its_interval(interval, significantly, on_average):
    assert judge_difference(interval, "significantly") is significantly
    assert judge_difference(interval, "on average") is on_average


@pytest.mark.parametrize(
    ("finished", "diverged", "outcome"),
    [
        ((9, 8), (0, 1), Outcome.SUPPORTED),
        ((8, 8), (1, 1), Outcome.SUPPORTED),
        ((8, 9), (1, 0), Outcome.OPEN),
    ],
)
def test_a_winner_that_diverges_more_often_leaves_it_open(finished, diverged, outcome):
    assert judge_contrast(contrast(between(0.1, 0.5), finished, diverged), "significantly") is outcome
    reverse = contrast(between(-0.5, -0.1), finished[::-1], diverged[::-1])
    expected = Outcome.CONTRADICTED if outcome is Outcome.SUPPORTED else outcome
    assert judge_contrast(reverse, "significantly") is expected


@pytest.mark.parametrize(
    ("finished", "diverged", "outcome"),
    [
        ((3, 0), (0, 3), Outcome.SUPPORTED),
        ((0, 3), (3, 0), Outcome.CONTRADICTED),
        ((2, 0), (1, 3), Outcome.NOT_TESTED),
        ((1, 0), (0, 1), Outcome.NOT_TESTED),
        ((0, 0), (3, 3), Outcome.NOT_TESTED),
    ],
)
def test_all_diverged_lose_to_none_diverged(finished, diverged, outcome):
    assert judge_contrast(contrast(Interval(), finished, diverged), "on average") is outcome


def test_three_diverged_runs_of_one_critic_are_one_event():
    of_one_critic = contrast(Interval(), (9, 0), (0, 3), ended_units=((3, 0), (0, 1)))
    assert judge_contrast(of_one_critic, "on average") is Outcome.NOT_TESTED


def test_a_claim_is_worth_its_weakest_part():
    assert weakest([Outcome.SUPPORTED, Outcome.OPEN, Outcome.ON_AVERAGE]) is Outcome.OPEN
    assert weakest([Outcome.NOT_TESTED, Outcome.OPEN]) is Outcome.NOT_TESTED
    assert weakest([Outcome.NOT_TESTED, Outcome.CONTRADICTED]) is Outcome.CONTRADICTED
    assert weakest([]) is Outcome.NOT_TESTED


@pytest.mark.parametrize(
    ("gap", "level"),
    [
        (between(-0.4, 0.3), Level.REPRODUCED),
        (between(0.1, 0.5), Level.REPRODUCED),
        (between(-0.6, 0.3), Level.OPEN),
        (between(-1.5, 1.5), Level.OPEN),
        (between(0.6, 0.9), Level.NOT_REPRODUCED),
        (between(-2.0, -0.51), Level.NOT_REPRODUCED),
        (UNKNOWN, Level.OPEN),
    ],
)
def test_a_level_is_reproduced_or_not_or_inconclusive(gap, level):
    assert judge_level(gap) is level


def test_half_of_the_runs_are_most_of_them():
    assert [mostly_diverged(*counts) for counts in ((5, 4), (4, 4), (0, 2), (0, 1))] == [False, True, True, False]


@pytest.mark.parametrize(
    ("found", "full", "outcome"),
    [
        (between(-0.1, 0.2), between(0.2, 0.4), Outcome.SUPPORTED),
        (between(0.01, 0.05), between(0.2, 0.4), Outcome.SUPPORTED),
        (between(-0.1, 0.4), between(0.2, 0.4), Outcome.OPEN),
        (between(0.1, 0.25), between(0.2, 0.4), Outcome.OPEN),
        (between(0.2, 0.4), between(0.2, 0.4), Outcome.CONTRADICTED),
        # Not where neither gains: runs that all kept the actor that they started from say nothing of entropy.
        (between(0.0, 0.0), between(-0.2, 0.4), Outcome.OPEN),
        (between(0.2, 0.4), between(-0.1, 0.7), Outcome.CONTRADICTED),
        (between(-0.1, 0.2), between(-0.2, 0.0), Outcome.NOT_TESTED),
        (between(-0.1, 0.2), UNKNOWN, Outcome.NOT_TESTED),
        (UNKNOWN, between(0.2, 0.4), Outcome.NOT_TESTED),
    ],
)
def test_no_gain_is_judged_beside_the_full_one(found, full, outcome):
    assert judge_no_gain(found, full) is outcome


@pytest.mark.parametrize(
    ("units", "failed", "failed_below", "outcome"),
    [
        ((3, 0), 0, 0, Outcome.NOT_SUPPORTED),
        ((3, 0), 1, 0, Outcome.ON_AVERAGE),  # One run of a critic whose others finished.
        ((0, 1), 3, 0, Outcome.ON_AVERAGE),  # One critic.
        ((2, 2), 6, 0, Outcome.SUPPORTED),
        ((0, 3), 9, 1, Outcome.ON_AVERAGE),
    ],
)
def test_an_onset_of_divergence_needs_most_critics_above_and_no_run_below(units, failed, failed_below, outcome):
    assert judge_onset(units, failed, failed_below) is outcome


def test_shares_and_trends_are_judged_by_their_tests():
    assert judge_counts(0.5, 0.1, 0.01) is Outcome.SUPPORTED
    assert judge_counts(0.5, 0.1, 0.2) is Outcome.ON_AVERAGE
    assert judge_counts(0.0, 0.0, 1.0) is Outcome.NOT_SUPPORTED
    assert judge_trend(True, 0.01) is Outcome.SUPPORTED
    assert judge_trend(True, 0.2) is judge_trend(False, 0.01) is Outcome.ON_AVERAGE
    assert judge_trend(False, 0.2) is Outcome.NOT_SUPPORTED
