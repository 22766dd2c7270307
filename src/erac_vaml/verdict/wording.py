"""Numbers of verdicts in words: intervals, p-values, counts."""

import math

from erac_vaml.verdict.cells import JudgedCell
from erac_vaml.verdict.comparison import Comparison
from erac_vaml.verdict.intervals import CONFIDENCE, MOST_UNITS, Interval
from erac_vaml.verdict.rules import MARGIN, Verdict, mostly_diverged

PERCENT = f"{100 * CONFIDENCE:g} %"
NOTHING = "–"


def signed(value: float) -> str:
    """Return a difference with its sign and two decimals, a dash where there is none; what rounds to 0 has no sign."""
    if not math.isfinite(value):
        return NOTHING
    text = f"{value:+.2f}".replace("-", "−")
    return "0.00" if text in ("+0.00", "−0.00") else text


def signed_interval(interval: Interval) -> str:
    """Return a difference with its interval, for example "+0.42 [+0.28, +0.56]"."""
    limits = f" [{signed(interval.low)}, {signed(interval.high)}]" if interval.known else ""
    return signed(interval.estimate) + limits


def level_interval(interval: Interval) -> str:
    """Return a mean with its interval, for example "28.30 [28.20, 28.40]"."""
    if not math.isfinite(interval.estimate):
        return NOTHING
    limits = f" [{interval.low:.2f}, {interval.high:.2f}]" if interval.known else ""
    return f"{interval.estimate:.2f}{limits}"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def compared(comparison: Comparison) -> str:
    """Return all that a comparison says, in one line."""
    parts = []
    if comparison.pairs:
        basis = plural(comparison.pairs, "pair")
        if comparison.unit == "critic":
            basis += f" under {plural(comparison.units, 'critic')}"
        parts.append(f"{signed_interval(comparison.difference)}, {basis}")
        if comparison.units > 1:
            flips = comparison.flips
            least = f" (no less than {flips.least:.2g} is possible)" if flips.least > 1 - CONFIDENCE else ""
            parts.append(f"p = {flips.p_value:.2g}{least}")
    chance = comparison.improvement
    if math.isfinite(chance.estimate):
        limits = f" [{chance.low:.2f}, {chance.high:.2f}]" if math.isfinite(chance.low) else ""
        parts.append(f"P(better) = {chance.estimate:.2f}{limits}")
    first, second = comparison.diverged
    if first or second:
        parts.append(f"diverged: {first} against {second}")
    return "; ".join(parts) or "no runs to compare"


def settled_by(comparison: Comparison) -> str:
    """Return how many more runs would settle a comparison that has an interval."""
    if not comparison.difference.known or comparison.more_units is None:
        return f"at this mean and spread {MOST_UNITS} {comparison.unit}s would not settle it"
    return f"about {plural(comparison.more_units, f'more {comparison.unit}')} would settle it"


def counted(judged: JudgedCell) -> str:
    """Return how many runs are behind a cell, for example "8/9, 1 diverged"."""
    runs = judged.cell.runs
    diverged = f", {runs.n_diverged} diverged" if runs.n_diverged else ""
    return f"{runs.n_finished}/{runs.n_planned}{diverged}"


def reason(judged: JudgedCell) -> str:
    """Return why a cell has its verdict, in a sentence or two."""
    cell, runs, paper = judged.cell, judged.cell.runs, judged.cell.paper
    ended = runs.n_finished + runs.n_diverged
    if paper.mean is None and paper.max is not None:
        if not runs.n_finished:
            return f"The paper prints its best run alone, {paper.max:.2f}; none of ours has finished."
        best = f"{runs.scores.max():.2f}, the best of {plural(runs.n_finished, 'run')}"
        return f"The paper prints its best run alone, {paper.max:.2f}; ours: {best}."
    if paper.mean is None:
        return "The paper has no such number."
    if mostly_diverged(runs.n_finished, runs.n_diverged) and not cell.paper_diverged:
        return f"{runs.n_diverged} of {ended} runs diverged; the paper reports no divergence."
    sentences = [_level(judged) if judged.same_data else _other_data(judged)]
    if runs.n_diverged:
        sentences.append(f"{runs.n_diverged} of {ended} runs diverged and are left out.")
    elif cell.paper_diverged and ended:
        sentences.append("None diverged; some of the paper's did.")
    return " ".join(sentences)


def _level(judged: JudgedCell) -> str:
    gap = judged.gap
    if judged.verdict is Verdict.REPRODUCED:
        beyond_chance = "" if gap.contains_zero else ", though the gap is more than chance"
        return f"The whole interval is within {MARGIN:g} BLEU of the paper's mean{beyond_chance}."
    if judged.verdict is Verdict.NOT_ENOUGH:
        return _not_enough(judged, f"the interval reaches across {MARGIN:g} BLEU from the paper's mean")
    nearest = min(abs(gap.low), abs(gap.high))
    side = "above" if gap.estimate > 0 else "below"
    return f"At least {nearest:.2f} BLEU {side} the paper's mean; direction: {judged.direction}."


def _other_data(judged: JudgedCell) -> str:
    if judged.verdict is Verdict.NOT_COMPARED:
        return "Other data, and no direction to judge."
    if judged.verdict is Verdict.NOT_ENOUGH:
        return f"Other data. {_not_enough(judged, 'the difference from the baseline can be chance')}"
    return f"Other data; direction: {judged.direction}."


def _not_enough(judged: JudgedCell, why: str) -> str:
    """Return why a verdict is open, and how many more runs would settle it if mean and spread stayed as they are."""
    runs, against = judged.cell.runs, judged.against_baseline
    unit = "critic" if runs.nested else "seed"
    settled = judged.gap if judged.same_data else against.difference if against else Interval()
    if not runs.n_finished:
        return f"No run has finished; an interval needs two {unit}s."
    if not settled.known:
        return f"An interval needs two {unit}s; {_more(judged, unit, 'at least')}."
    return f"{why[0].upper()}{why[1:]}; {_more(judged, unit, 'about')}."


def _more(judged: JudgedCell, unit: str, how: str) -> str:
    if judged.more_units is None:
        return f"at this mean and spread {MOST_UNITS} {unit}s would not settle it"
    return f"{how} {plural(judged.more_units, f'more {unit}')} would settle it"
