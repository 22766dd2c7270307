"""Lay out the chart of the gains over MLE: places on an axis, in percent of its width."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from erac_vaml.config import Experiment
from erac_vaml.reporting.figures.style import COLOURS
from erac_vaml.reporting.labels import ALGORITHMS, task_label
from erac_vaml.reporting.paper import paper_spread
from erac_vaml.verdict.forest import axis_limits
from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.wording import signed_interval


@dataclass(frozen=True)
class Bar:
    """One gain. A place is a percentage of the axis."""

    label: str
    colour: str
    group: str
    """`{task}/{algorithm}` of its runs."""
    text: str
    """The gain with its interval."""
    estimate: float
    span: tuple[float, float] | None
    """Both ends of the interval, at most those of the axis; None if there is no interval."""
    paper: float | None
    """The paper's gain, if it lies on the axis."""


@dataclass(frozen=True)
class Chart:
    """The gains of all tasks on one axis."""

    ticks: list[tuple[float, str]]
    """Place and label."""
    zero: float
    tasks: dict[str, list[Bar]]
    """The bars by the task's label."""


def gains_chart(experiment: Experiment, gains: list[tuple[dict[str, Any], Interval]]) -> Chart | None:
    """Return the chart of the gains of verdict.json with their intervals; None if there is nothing to draw."""
    drawn = [(gain, interval) for gain, interval in gains if np.isfinite(interval.estimate)]
    if not drawn:
        return None
    low, high = axis_limits([interval for _, interval in drawn])

    def place(value: float) -> float:
        return round(100 * (min(max(value, low), high) - low) / (high - low), 2)

    tasks: dict[str, list[Bar]] = {}
    for gain, interval in drawn:
        setting, name = experiment.tasks[gain["task"]].paper_setting, gain["algorithm"]
        printed, base = paper_spread(setting, name).mean, paper_spread(setting, "mle").mean
        paper = printed - base if printed is not None and base is not None else None
        tasks.setdefault(task_label(experiment, gain["task"]), []).append(
            Bar(
                ALGORITHMS[name],
                COLOURS[name],
                gain["group"],
                signed_interval(interval),
                place(interval.estimate),
                (place(interval.low), place(interval.high)) if interval.known else None,
                place(paper) if paper is not None and low <= paper <= high else None,
            )
        )
    ticks = [tick for tick in MaxNLocator(5).tick_values(low, high) if low <= tick <= high]
    return Chart([(place(tick), _label(tick, high - low)) for tick in ticks], place(0), tasks)


def _label(tick: float, width: float) -> str:
    """Return a place of an axis in as few digits as it has, with a sign; 0, which may be inexact, has none."""
    return f"{tick:+.6g}".replace("-", "−") if abs(tick) > 1e-6 * width else "0"
