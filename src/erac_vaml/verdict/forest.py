"""Draw differences with their intervals: of the algorithms from MLE, and of the paper's text from its released code."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from erac_vaml.config import Experiment
from erac_vaml.reporting.figures.style import COLOURS, DIVERGED, MISSING, PAGE_WIDTH, Drawing, figure_style
from erac_vaml.reporting.labels import ALGORITHMS, METRICS, data_statement, task_label
from erac_vaml.reporting.names import GAINS, RECIPE_DIFFERENCES
from erac_vaml.verdict.effects import Effect, effects_data
from erac_vaml.verdict.gains import Gain, gains_table
from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.wording import PERCENT, signed_interval

_LINE, _FRAME = 0.21, 0.75
"""Inches of each line, and of the space above and below all lines."""


@dataclass(frozen=True)
class _Row:
    """A line of the plot: a difference, or the heading of the lines below it."""

    label: str
    interval: Interval | None = None
    """None of a heading."""
    algorithm: str = ""
    """Gives the colour."""
    remark: str = ""
    """Text after the numbers."""
    diverged: bool = False
    """Whether runs diverged, which a cross marks."""


def gains_plot(experiment: Experiment, gains: Sequence[Gain]) -> Drawing:
    """Draw the gain of each algorithm over MLE, task by task."""
    rows = []
    for task in experiment.tasks:
        own = [gain for gain in gains if gain.task == task and np.isfinite(gain.gain.estimate)]
        rows += [_Row(task_label(experiment, task))] if own else []
        rows += [_Row(ALGORITHMS[gain.algorithm], gain.gain, gain.algorithm) for gain in own]
    caption = (
        "Gain of each algorithm over MLE in test BLEU: mean difference of runs with the same seeds, with its "
        f"{PERCENT} interval over critics or seeds. Hollow: too few critics or seeds for an interval."
    )
    figure = _forest(rows, "gain over MLE, test BLEU")
    statement = data_statement(experiment, experiment.tasks)
    return Drawing(GAINS, "Gains over MLE", caption, statement, figure, gains_table(experiment, gains).data)


def effects_plot(experiment: Experiment, effects: Sequence[Effect]) -> Drawing:
    """Draw the effect of each flipped difference between text and released code.

    Args:
        experiment: the experiment whose grids flip the differences.
        effects: one or more.
    """
    tasks = list(dict.fromkeys(effect.text.task for effect in effects))
    measures = " and ".join(dict.fromkeys(METRICS[effect.text.metric] for effect in effects))
    rows = []
    for effect in effects:
        pairs, planned = effect.contrast.pairs, effect.text.n_planned
        rows.append(
            _Row(
                effect.label + (f" [{effect.text.task}]" if len(tasks) > 1 else ""),
                effect.contrast.difference,
                effect.algorithm,
                f" ({pairs}/{planned})" if pairs < planned else "",
                bool(effect.text.n_diverged + effect.code.n_diverged),
            )
        )
    caption = (
        f"{' and '.join(task_label(experiment, task) for task in tasks)}: mean change when one setting follows the "
        f"paper's text instead of its released code, over pairs of runs, with its {PERCENT} interval over critics or "
        "seeds. One of twenty such intervals misses 0 by chance. k/n: k of n planned pairs have finished; crosses: "
        "runs diverged."
    )
    figure = _forest(rows, f"{measures}: text − released code")
    names = [name for name in ALGORITHMS if name in {effect.algorithm for effect in effects}]
    handles = [Line2D([], [], color=COLOURS[name], marker="o", label=ALGORITHMS[name]) for name in names]
    with figure_style():
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    title, statement = "Paper's text and released code", data_statement(experiment, tasks)
    return Drawing(RECIPE_DIFFERENCES, title, caption, statement, figure, effects_data(effects))


def axis_limits(intervals: Sequence[Interval]) -> tuple[float, float]:
    """Return the ends of an axis that includes 0, every estimate, and all intervals but very long ones."""
    estimates = [interval.estimate for interval in intervals if np.isfinite(interval.estimate)]
    ends = np.array([end for interval in intervals if interval.known for end in (interval.low, interval.high)])
    longest = 3.0 * np.quantile(np.abs(ends), 0.8) if len(ends) else 0.0
    shown = [0.0, *estimates, *np.clip(ends, -longest, longest)]
    room = 0.05 * (max(shown) - min(shown)) or 1.0
    return float(min(shown) - room), float(max(shown) + room)


def _forest(rows: Sequence[_Row], label: str) -> Figure:
    limits = axis_limits([row.interval for row in rows if row.interval is not None])
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, _LINE * len(rows) + _FRAME))
        axes = figure.add_subplot()
        axes.set_xlim(limits)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(False)
        axes.axvline(0.0, color=MISSING, linewidth=0.8, zorder=1)
        for place, row in enumerate(rows):
            if row.interval is not None:
                _draw_row(axes, row, row.interval, place, limits)
        axes.set_yticks(range(len(rows)), [row.label for row in rows], parse_math=False)
        for text, row in zip(axes.get_yticklabels(), rows, strict=True):
            text.set_fontweight("normal" if row.interval else "bold")
        axes.set_xlabel(label)
    return figure


def _draw_row(axes: Axes, row: _Row, interval: Interval, place: int, limits: tuple[float, float]) -> None:
    """Draw one line: the mean, its interval, an arrow where the interval leaves the axis, and the numbers."""
    colour = COLOURS[row.algorithm]
    if place % 2:
        axes.axhspan(place - 0.5, place + 0.5, color="#f4f4f4", linewidth=0, zorder=0)
    if interval.known:
        ends = np.clip([interval.low, interval.high], *limits)
        axes.plot(ends, [place, place], color=colour, linewidth=1.2, zorder=2)
        for end, whole, marker in zip(ends, (interval.low, interval.high), "<>", strict=True):
            if end != whole:
                axes.plot([end], [place], marker, color=colour, markersize=4, clip_on=False, zorder=3)
    if np.isfinite(interval.estimate):
        filling = colour if interval.known else "white"
        axes.plot([interval.estimate], [place], "o", color=colour, markerfacecolor=filling, zorder=3)
    if row.diverged:
        axes.plot(
            [0.03], [place], "x", color=DIVERGED, transform=axes.get_yaxis_transform(), markeredgewidth=1.4, zorder=4
        )
    axes.annotate(
        signed_interval(interval) + row.remark,
        (1.0, place),
        (6, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        size=8,
        annotation_clip=False,
    )
