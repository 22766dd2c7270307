"""Explain in words why a cell has its verdict."""

from erac_vaml.verdict.levels import CellLevel
from erac_vaml.verdict.rules import MARGIN, Level, mostly_diverged
from erac_vaml.verdict.wording import plural, settled_by


def reason(judged: CellLevel) -> str:
    """Return the reason for a cell's verdict in one or two sentences."""
    cell, paper = judged.cell, judged.paper
    ended = cell.n_finished + cell.n_diverged
    if paper.mean is None and paper.max is not None:
        ours = f"ours is {cell.max:.2f}, of {plural(cell.n_finished, 'run')}" if cell.n_finished else "ours has not run"
        return f"The paper prints only its best run, {paper.max:.2f}; {ours}."
    if paper.mean is None:
        return "The paper has no such number."
    if not judged.same_data:
        return "Other data than the paper's."
    if mostly_diverged(*cell.ended_units) and not judged.paper_diverged:
        return f"{cell.n_diverged} of {ended} runs diverged; the paper reports no divergence."
    sentences = [_level(judged)]
    if cell.n_diverged:
        sentences.append(f"{cell.n_diverged} of {ended} runs diverged and are left out.")
    elif judged.paper_diverged and ended:
        sentences.append("None of our runs diverged; some of the paper's did.")
    return " ".join(sentences)


def _level(judged: CellLevel) -> str:
    gap, unit = judged.gap, judged.cell.unit
    if judged.level is Level.REPRODUCED:
        beyond_chance = "" if gap.contains_zero else ", but it does not contain 0"
        return f"The whole interval of the gap is within ±{MARGIN:g} BLEU{beyond_chance}."
    if judged.level is Level.NOT_REPRODUCED:
        nearest = min(abs(gap.low), abs(gap.high))
        side = "above" if gap.estimate > 0 else "below"
        return f"At least {nearest:.2f} BLEU {side} the paper's mean."
    if not judged.cell.n_finished:
        return f"No run has finished; an interval needs two {unit}s."
    if not gap.known:
        return f"An interval needs two {unit}s; {settled_by(judged.more_units, unit, 'at least')}."
    return f"The interval of the gap contains {MARGIN:g} or −{MARGIN:g} BLEU; {settled_by(judged.more_units, unit)}."
