"""Turn intervals and counts into outcomes and verdicts; docs/verdict.md has the same rules in prose."""

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from erac_vaml.verdict.contrast import Contrast
from erac_vaml.verdict.intervals import CONFIDENCE, Interval

MARGIN = 0.5
"""BLEU within which a mean counts as the paper's. Tokenisation alone moves BLEU by more (Post, 2018). The median of the
twelve steps in Table 1 from a baseline to its algorithm is 0.46, so levels within the margin decide no claim."""

Strength = Literal["significantly", "on average"]
"""What the paper claims: a difference beyond chance, or a difference of averages."""


class Outcome(StrEnum):
    """Answer to a claim, or to one of its tests; where tests differ, the earlier one here decides."""

    CONTRADICTED = "contradicted"
    NOT_UPHELD = "not upheld"
    NOT_JUDGED = "cannot be judged"
    OPEN = "open"
    ON_AVERAGE = "upheld on average"
    UPHELD = "upheld"


class Level(StrEnum):
    """Position of our mean relative to the paper's."""

    WITHIN = "within the margin"
    BEYOND = "beyond the margin"
    OPEN = "open"


class Verdict(StrEnum):
    """Verdict on a cell of the paper's tables."""

    REPRODUCED = "reproduced"
    DIRECTION = "direction reproduced"
    NOT_REPRODUCED = "not reproduced"
    NOT_ENOUGH = "not enough runs"
    NOT_COMPARED = "not compared"


def weakest(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome of a claim whose tests must all hold; without a test it cannot be judged.

    Such a claim needs no correction for the number of its tests: each has to succeed at the full level.
    """
    order = list(Outcome)
    return min(outcomes, key=order.index, default=Outcome.NOT_JUDGED)


def judge_difference(difference: Interval, strength: Strength) -> Outcome:
    """Return what an interval says of the claim that a difference is positive.

    An interval beyond 0 upholds or contradicts. One that contains 0 upholds no claim of significance, but one of
    averages where the average is positive.
    """
    if not difference.known:
        return Outcome.NOT_JUDGED
    if difference.low > 0:
        return Outcome.UPHELD
    if difference.high < 0:
        return Outcome.CONTRADICTED
    if difference.estimate <= 0:
        return Outcome.NOT_UPHELD
    return Outcome.ON_AVERAGE if strength == "on average" else Outcome.OPEN


def judge_contrast(contrast: Contrast, strength: Strength) -> Outcome:
    """Return what runs say of the claim that the first is better than the second, diverged ones counted.

    An algorithm of which all runs diverged (two at least) loses to one of which none did. Otherwise the pairs that have
    finished decide, and a winner that diverged more often than the loser leaves the claim open.
    """
    (won, lost), (failed, others_failed) = contrast.finished, contrast.diverged
    if lost == 0 and others_failed > 1 and failed == 0 and won > 1:
        return Outcome.UPHELD
    if won == 0 and failed > 1 and others_failed == 0 and lost > 1:
        return Outcome.CONTRADICTED
    outcome = judge_difference(contrast.difference, strength)
    if outcome in (Outcome.UPHELD, Outcome.ON_AVERAGE) and failed > others_failed:
        return Outcome.OPEN
    return outcome


def judge_counts(first_share: float, second_share: float, p_value: float) -> Outcome:
    """Return what two shares say of the claim that the first is greater, given the p of a test of it."""
    if first_share <= second_share:
        return Outcome.NOT_UPHELD
    return Outcome.UPHELD if p_value <= 1 - CONFIDENCE else Outcome.ON_AVERAGE


def judge_trend(rising: bool, p_value: float) -> Outcome:
    """Return what means say of the claim that they rise: whether each is above the last, and the p of a trend test."""
    significant = p_value <= 1 - CONFIDENCE
    if rising and significant:
        return Outcome.UPHELD
    return Outcome.ON_AVERAGE if rising or significant else Outcome.NOT_UPHELD


def judge_no_gain(found: Interval, full: Interval) -> Outcome:
    """Return what an interval says of the claim that there is no gain worth the name.

    Args:
        found: the gain of which nothing is claimed.
        full: the gain beside which it is to be nothing.

    Returns:
        Upheld where the full gain is clear of 0 and beyond the interval, and the estimate below half of it;
        contradicted where the whole interval is above half of it; otherwise open. Without a full gain there is nothing
        to judge by.
    """
    if not (found.known and full.known and full.estimate > 0):
        return Outcome.NOT_JUDGED
    if full.low > 0 and found.high < full.estimate and found.estimate < full.estimate / 2:
        return Outcome.UPHELD
    return Outcome.CONTRADICTED if found.low > full.estimate / 2 else Outcome.OPEN


def judge_level(gap: Interval, margin: float = MARGIN) -> Level:
    """Return where ours − the paper's is: its whole interval within the margin, its whole interval beyond, or neither.

    Within is a test of equivalence, so that wide intervals reproduce nothing.
    """
    if not gap.known:
        return Level.OPEN
    if -margin <= gap.low and gap.high <= margin:
        return Level.WITHIN
    return Level.BEYOND if gap.low > margin or gap.high < -margin else Level.OPEN


def mostly_diverged(finished: int, diverged: int) -> bool:
    """Return whether half of the runs that ended, or more, diverged."""
    return diverged > 0 and diverged >= finished


def judge_cell(
    level: Level, direction: Outcome | None, same_data: bool, unexpected_divergence: bool = False
) -> Verdict:
    """Return the verdict of a cell that the paper prints a mean of.

    Args:
        level: where our mean is; not used on other data.
        direction: the answer to whether cell and baseline differ as in the paper; None where there is no baseline.
        same_data: whether the cell stands on the paper's own data. On other data only the direction is judged.
        unexpected_divergence: whether most runs diverged where the paper marks no divergence.
    """
    if unexpected_divergence:
        return Verdict.NOT_REPRODUCED
    if same_data and level is Level.WITHIN:
        return Verdict.REPRODUCED
    if same_data and level is Level.OPEN:
        return Verdict.NOT_ENOUGH
    if direction in (Outcome.UPHELD, Outcome.ON_AVERAGE):
        return Verdict.DIRECTION
    if same_data or direction in (Outcome.NOT_UPHELD, Outcome.CONTRADICTED):
        return Verdict.NOT_REPRODUCED
    return Verdict.NOT_COMPARED if direction is None else Verdict.NOT_ENOUGH


def distance_to_decision(gap: Interval, margin: float = MARGIN) -> float:
    """Return how far a gap is from the margin: an interval of half that length would settle the level."""
    return abs(abs(gap.estimate) - margin) if math.isfinite(gap.estimate) else math.nan
