"""Draw the forest plot of the differences between the paper's text and its released code, flipped one at a time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from erac_vaml.config import Experiment
from erac_vaml.reporting.figures.style import COLOURS, DIVERGED, MISSING, PAGE_WIDTH, Drawing, figure_style
from erac_vaml.reporting.labels import ALGORITHMS, METRICS, data_statement, task_label
from erac_vaml.verdict.effects import Effect, effects_data
from erac_vaml.verdict.evidence import DIFFERENCES_NAME
from erac_vaml.verdict.wording import PERCENT, signed_interval

_LINE, _FRAME = 0.21, 0.75
"""Inches of each line, and of the space above and below all lines."""


def forest_plot(experiment: Experiment, effects: Sequence[Effect]) -> Drawing:
    """Draw the effect of each flipped difference with its interval.

    Args:
        experiment: the experiment whose grids flip the differences.
        effects: one or more.
    """
    tasks = list(dict.fromkeys(effect.text.task for effect in effects))
    measures = " and ".join(dict.fromkeys(METRICS[effect.text.metric] for effect in effects))
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, _LINE * len(effects) + _FRAME))
        axes = figure.add_subplot()
        limit = _limit(effects)
        axes.set_xlim(-limit, limit)
        axes.set_ylim(len(effects) - 0.4, -0.6)
        axes.grid(False)
        axes.axvline(0.0, color=MISSING, linewidth=0.8, zorder=1)
        for place, effect in enumerate(effects):
            _draw_effect(axes, effect, place, limit)
        labels = [effect.label + (f" [{effect.text.task}]" if len(tasks) > 1 else "") for effect in effects]
        axes.set_yticks(range(len(effects)), labels)
        axes.set_xlabel(f"{measures}: the paper’s text less the released code")
        drawn = [name for name in ALGORITHMS if name in {effect.algorithm for effect in effects}]
        handles = [Line2D([], [], color=COLOURS[name], marker="o", label=ALGORITHMS[name]) for name in drawn]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    caption = (
        f"{' and '.join(task_label(experiment, task) for task in tasks)}: where one setting alone follows the paper’s "
        f"text in place of the released code, the mean change with its {PERCENT} interval over critics or seeds. Of "
        "twenty intervals one misses 0 by chance alone. Runs are paired; k/n: k of n planned pairs have finished; "
        "crosses: runs diverged."
    )
    title, statement = "Text against released code", data_statement(experiment, tasks)
    return Drawing(DIFFERENCES_NAME, title, caption, statement, figure, effects_data(effects))


def _limit(effects: Sequence[Effect]) -> float:
    """Return the end of the axis: it includes every estimate, and the ends of all intervals but very long ones."""
    intervals = [effect.contrast.difference for effect in effects]
    estimates = [abs(interval.estimate) for interval in intervals if np.isfinite(interval.estimate)]
    ends = [max(abs(interval.low), abs(interval.high)) for interval in intervals if interval.known]
    most = min(max(ends), 2.0 * np.quantile(ends, 0.8)) if ends else 0.0
    farthest = max([*estimates, most], default=0.0)
    return 1.1 * farthest or 1.0


def _draw_effect(axes: Axes, effect: Effect, place: int, limit: float) -> None:
    """Draw one line: the mean, its interval, an arrow where the interval leaves the axis, and the numbers."""
    interval, colour = effect.contrast.difference, COLOURS[effect.algorithm]
    if place % 2:
        axes.axhspan(place - 0.5, place + 0.5, color="#f4f4f4", linewidth=0, zorder=0)
    if interval.known:
        ends = np.clip([interval.low, interval.high], -limit, limit)
        axes.plot(ends, [place, place], color=colour, linewidth=1.2, zorder=2)
        for end, whole, marker in zip(ends, (interval.low, interval.high), "<>", strict=True):
            if end != whole:
                axes.plot([end], [place], marker, color=colour, markersize=4, clip_on=False, zorder=3)
    if np.isfinite(interval.estimate):
        axes.plot([interval.estimate], [place], "o", color=colour, zorder=3)
    diverged = effect.text.n_diverged + effect.code.n_diverged
    if diverged:
        axes.plot([-0.97 * limit], [place], "x", color=DIVERGED, markeredgewidth=1.4, zorder=4)
    pairs, planned = effect.contrast.pairs, effect.text.n_planned
    axes.annotate(
        signed_interval(interval) + (f" ({pairs}/{planned})" if pairs < planned else ""),
        (1.0, place),
        (6, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        size=8,
        annotation_clip=False,
    )
