"""Turn intervals and counts into outcomes of claims and levels of cells; docs/reference/verdict.md explains them."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from erac_vaml.verdict.contrast import Contrast
from erac_vaml.verdict.intervals import CONFIDENCE, Interval

MARGIN = 0.5
"""Distance in BLEU within which our mean counts as the paper's. Tokenisation alone changes BLEU by more (Post, 2018).
The median of the twelve gains in Table 1 of an algorithm over its baseline is 0.46, so levels within the margin decide
no claim."""

Strength = Literal["significantly", "on average"]
"""Strength of a claim: a difference beyond chance, or a difference of averages."""


class Outcome(StrEnum):
    """Answer to a claim, or to one of its tests, weakest first: a claim has the outcome of its weakest test."""

    CONTRADICTED = "contradicted"
    NOT_SUPPORTED = "not supported"
    NOT_TESTED = "not testable"
    OPEN = "inconclusive"
    ON_AVERAGE = "supported on average"
    SUPPORTED = "supported"


class Level(StrEnum):
    """Position of our mean relative to a mean that the paper prints. The claims say whether differences agree."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    OPEN = "inconclusive"
    NOT_COMPARED = "not compared"


def weakest(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome of a claim whose tests must all hold; a claim without tests is not testable.

    Such a claim needs no correction for the number of its tests, because each must hold at the full level.
    """
    order = list(Outcome)
    return min(outcomes, key=order.index, default=Outcome.NOT_TESTED)


def judge_difference(difference: Interval, strength: Strength) -> Outcome:
    """Judge the claim that a difference is positive by the difference's interval.

    An interval without 0 supports or contradicts the claim. An interval with 0 supports no claim of significance, but
    it supports a claim of averages if the average is positive.
    """
    if not difference.known:
        return Outcome.NOT_TESTED
    if difference.low > 0:
        return Outcome.SUPPORTED
    if difference.high < 0:
        return Outcome.CONTRADICTED
    if difference.estimate <= 0:
        return Outcome.NOT_SUPPORTED
    return Outcome.ON_AVERAGE if strength == "on average" else Outcome.OPEN


def judge_contrast(contrast: Contrast, strength: Strength) -> Outcome:
    """Judge the claim that the first cell is better than the second, with diverged runs taken into account.

    If no run of one cell finished and two units or more diverged, it loses to a cell without divergence in which two
    units or more finished. Otherwise the finished pairs decide; if the winner diverged more often than the loser, the
    answer is inconclusive.
    """
    (first_finished, second_finished), (first_diverged, second_diverged) = contrast.finished, contrast.diverged
    (first_units, first_lost), (second_units, second_lost) = contrast.ended_units
    if second_finished == 0 and second_lost > 1 and first_diverged == 0 and first_units > 1:
        return Outcome.SUPPORTED
    if first_finished == 0 and first_lost > 1 and second_diverged == 0 and second_units > 1:
        return Outcome.CONTRADICTED
    outcome = judge_difference(contrast.difference, strength)
    first_wins = outcome in (Outcome.SUPPORTED, Outcome.ON_AVERAGE)
    if first_wins and first_diverged > second_diverged:
        return Outcome.OPEN
    if outcome is Outcome.CONTRADICTED and second_diverged > first_diverged:
        return Outcome.OPEN
    return outcome


def judge_counts(first_share: float, second_share: float, p_value: float) -> Outcome:
    """Judge the claim that the first share is greater than the second, given the p of a test of it."""
    if first_share <= second_share:
        return Outcome.NOT_SUPPORTED
    return Outcome.SUPPORTED if p_value <= 1 - CONFIDENCE else Outcome.ON_AVERAGE


def judge_trend(rising: bool, p_value: float) -> Outcome:
    """Judge the claim that means rise.

    Args:
        rising: whether each mean is above the one before it.
        p_value: of a trend test.
    """
    significant = p_value <= 1 - CONFIDENCE
    if rising and significant:
        return Outcome.SUPPORTED
    return Outcome.ON_AVERAGE if rising or significant else Outcome.NOT_SUPPORTED


def judge_onset(units: tuple[int, int], failed: int, failed_below: int) -> Outcome:
    """Judge the claim that runs diverge from a value of a setting on, and not below it.

    Args:
        units: numbers of independent units that finished and that diverged, from this value on.
        failed: number of runs that diverged, from this value on.
        failed_below: number of runs that diverged below it.
    """
    if not failed:
        return Outcome.NOT_SUPPORTED
    return Outcome.SUPPORTED if mostly_diverged(*units) and not failed_below else Outcome.ON_AVERAGE


def judge_no_gain(found: Interval, full: Interval) -> Outcome:
    """Judge the claim that a gain is negligible beside another one.

    Args:
        found: the gain that is claimed to be negligible.
        full: the gain that it is compared with.

    Returns:
        Supported if the interval of the full gain lies above 0, the full gain is above the whole interval of the found
        one, and the found gain is less than half of it. Contradicted if the whole interval of the found gain is above
        half of the full one. Otherwise inconclusive. Without a full gain the claim is not testable.
    """
    if not (found.known and full.known and full.estimate > 0):
        return Outcome.NOT_TESTED
    if full.low > 0 and found.high < full.estimate and found.estimate < full.estimate / 2:
        return Outcome.SUPPORTED
    return Outcome.CONTRADICTED if found.low > full.estimate / 2 else Outcome.OPEN


def judge_level(gap: Interval) -> Level:
    """Return whether the whole interval of ours − the paper's lies within the margin, beyond it, or neither.

    "Reproduced" is a test of equivalence, so a wide interval reproduces nothing.
    """
    if not gap.known:
        return Level.OPEN
    if gap.low >= -MARGIN and gap.high <= MARGIN:
        return Level.REPRODUCED
    return Level.NOT_REPRODUCED if gap.low > MARGIN or gap.high < -MARGIN else Level.OPEN


def mostly_diverged(finished: int, diverged: int) -> bool:
    """Return whether at least half of the units that ended diverged, and at least two did (`Cell.ended_units`)."""
    return diverged > 1 and diverged >= finished
