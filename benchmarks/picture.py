"""One picture of all stages: each step's time, split into its lower bound and the rest."""

import io
from collections.abc import Sequence

from matplotlib.figure import Figure

from benchmarks.measurement import Measurement
from erac_vaml.reporting.figures.style import PAGE_WIDTH, figure_style

_BOUND_COLOUR, _REST_COLOUR = "#0072B2", "#56B4E9"
_INCHES_A_BAR = 0.24


def draw(measurements: Sequence[Measurement]) -> bytes:
    """Return as PNG a bar for each step that has a lower bound, its ratio beside it."""
    bars = {m.case.label: (m.bound_ms, m.ms) for m in measurements if m.bound_ms is not None}
    labels, bounds = list(bars), [bound for bound, _ in bars.values()]
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, 0.9 + _INCHES_A_BAR * len(bars)))
        axes = figure.add_subplot()
        axes.barh(labels, bounds, color=_BOUND_COLOUR, label="lower bound: bare matrix products")
        rest = [time - bound for bound, time in bars.values()]
        axes.barh(labels, rest, left=bounds, color=_REST_COLOUR, label="the rest of the step")
        for label, (bound, time) in bars.items():
            axes.annotate(
                f"{time / bound:.2f}", (time, label), (3, 0), textcoords="offset points", va="center", fontsize=8
            )
        axes.invert_yaxis()
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("milliseconds a step; beside each bar its ratio to the lower bound")
        figure.legend(loc="outside upper right", ncols=2)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
    return buffer.getvalue()
