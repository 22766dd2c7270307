"""Format the numbers of verdicts: intervals, p-values, counts."""

import math

from erac_vaml.plan import Cell
from erac_vaml.reporting.tables.numbers import NOTHING
from erac_vaml.verdict.contrast import Contrast
from erac_vaml.verdict.intervals import CONFIDENCE, MOST_UNITS, Interval

PERCENT = f"{100 * CONFIDENCE:g} %"


def signed(value: float) -> str:
    """Return a difference with its sign and two decimals; "0.00" has no sign, and NaN is a dash."""
    if not math.isfinite(value):
        return NOTHING
    text = f"{value:+.2f}".replace("-", "−")
    return "0.00" if text in ("+0.00", "−0.00") else text


def signed_interval(interval: Interval) -> str:
    """Return a difference with its interval, for example "+0.42 [+0.28, +0.56]"."""
    limits = f" [{signed(interval.low)}, {signed(interval.high)}]" if interval.known else ""
    return signed(interval.estimate) + limits


def plural(count: int, noun: str) -> str:
    """Return a count with its noun, for example "1 run" or "2 runs"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def compared(contrast: Contrast) -> str:
    """Return all numbers of a contrast in one line."""
    parts = []
    if contrast.pairs:
        basis = plural(contrast.pairs, "pair")
        if contrast.unit == "critic":
            basis += f" under {plural(contrast.units, 'critic')}"
        parts.append(f"{signed_interval(contrast.difference)}, {basis}")
        if contrast.units > 1:
            flips = contrast.flips
            least = f" (the smallest possible is {flips.least:.2g})" if flips.least > 1 - CONFIDENCE else ""
            parts.append(f"p = {flips.p_value:.2g}{least}")
    chance = contrast.improvement
    if math.isfinite(chance.estimate):
        limits = f" [{chance.low:.2f}, {chance.high:.2f}]" if math.isfinite(chance.low) else ""
        parts.append(f"P(better) = {chance.estimate:.2f}{limits}")
    first, second = contrast.diverged
    if first or second:
        parts.append(f"diverged: {first} against {second}")
    return "; ".join(parts) or "no runs to compare"


def counted(cell: Cell) -> str:
    """Return the number of a cell's finished and planned runs, for example "8/9, 1 diverged"."""
    diverged = f", {cell.n_diverged} diverged" if cell.n_diverged else ""
    return f"{cell.n_finished}/{cell.n_planned}{diverged}"


def settled_by(more_units: int | None, unit: str, how: str = "about") -> str:
    """Return how many more critics or seeds would settle a question; None: more than `MOST_UNITS` in all."""
    if more_units is None:
        return f"at this mean and spread, even {MOST_UNITS} {unit}s would not settle it"
    return f"{how} {plural(more_units, f'more {unit}')} would settle it"
