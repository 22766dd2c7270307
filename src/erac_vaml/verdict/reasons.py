"""Explain in words why a cell has its verdict."""

from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.levels import CellVerdict
from erac_vaml.verdict.rules import MARGIN, Verdict, mostly_diverged
from erac_vaml.verdict.wording import plural, settled_by


def counted(judged: CellVerdict) -> str:
    """Return the number of a cell's runs, for example "8/9, 1 diverged"."""
    cell = judged.cell
    diverged = f", {cell.n_diverged} diverged" if cell.n_diverged else ""
    return f"{cell.n_finished}/{cell.n_planned}{diverged}"


def reason(judged: CellVerdict) -> str:
    """Return the reason for a cell's verdict in one or two sentences."""
    cell, paper = judged.cell, judged.paper
    ended = cell.n_finished + cell.n_diverged
    if paper.mean is None and paper.max is not None:
        if not cell.n_finished:
            return f"The paper prints only its best run, {paper.max:.2f}; none of ours has finished."
        best = f"{cell.max:.2f}, the best of {plural(cell.n_finished, 'run')}"
        return f"The paper prints only its best run, {paper.max:.2f}; ours: {best}."
    if paper.mean is None:
        return "The paper has no such number."
    if mostly_diverged(cell.n_finished, cell.n_diverged) and not judged.paper_diverged:
        return f"{cell.n_diverged} of {ended} runs diverged; the paper reports no divergence."
    sentences = [_level(judged) if judged.same_data else _other_data(judged)]
    if cell.n_diverged:
        sentences.append(f"{cell.n_diverged} of {ended} runs diverged and are left out.")
    elif judged.paper_diverged and ended:
        sentences.append("None diverged; some of the paper's did.")
    return " ".join(sentences)


def _level(judged: CellVerdict) -> str:
    gap = judged.gap
    if judged.verdict is Verdict.REPRODUCED:
        beyond_chance = "" if gap.contains_zero else ", but the gap is more than chance"
        return f"The whole interval is within {MARGIN:g} BLEU of the paper's mean{beyond_chance}."
    if judged.verdict is Verdict.NOT_ENOUGH:
        return _not_enough(judged, gap, f"The interval reaches across {MARGIN:g} BLEU from the paper's mean")
    nearest = min(abs(gap.low), abs(gap.high))
    side = "above" if gap.estimate > 0 else "below"
    return f"At least {nearest:.2f} BLEU {side} the paper's mean; {_direction(judged)}."


def _other_data(judged: CellVerdict) -> str:
    if judged.verdict is not Verdict.NOT_ENOUGH:
        return f"Other data; {_direction(judged)}."
    against = judged.against_baseline
    difference = against.difference if against else Interval()
    return f"Other data. {_not_enough(judged, difference, _direction(judged))}"


def _direction(judged: CellVerdict) -> str:
    return f"{judged.answer.label}: {judged.answer.outcome}" if judged.answer else "no direction to judge"


def _not_enough(judged: CellVerdict, settled: Interval, why: str) -> str:
    """Return why a verdict is open, and how many more runs would settle it at the same mean and spread."""
    unit = judged.cell.unit
    if not judged.cell.n_finished:
        return f"No run has finished; an interval needs two {unit}s."
    if not settled.known:
        return f"An interval needs two {unit}s; {settled_by(judged.more_units, unit, 'at least')}."
    return f"{why}; {settled_by(judged.more_units, unit)}."
