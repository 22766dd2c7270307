"""Figure 1 and the pictures of ablation grids: a curve for one field, a heat map for two."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.reporting.cells import ScoredCell, algorithm_cell, grid_scores
from erac_vaml.reporting.figures.style import COLOURS, COLUMN_WIDTH, DIVERGED, MISSING, Drawing, figure_style
from erac_vaml.reporting.labels import (
    ALGORITHMS,
    FIGURE1_GRIDS,
    MEASURES,
    data_statement,
    field_label,
    task_label,
    value_label,
)
from erac_vaml.reporting.paper import paper_numbers

FIGURE1 = "figure1"
_TAU = "actor_critic.tau"
_LEGEND_LAST = ("MLE", "diverged")


def figure1(experiment: Experiment, scores: pd.DataFrame) -> Drawing:
    """Draw Figure 1: ERAC's score by τ, AC at τ = 0; a panel for each of the grids `FIGURE1_GRIDS`.

    Raises:
        UserError: there is no such grid, or one varies something else.
    """
    names = [name for name in FIGURE1_GRIDS if name in experiment.ablations]
    for name in names or [FIGURE1]:
        grid = experiment.ablations.get(name)
        if grid is None or list(grid.vary) != [_TAU]:
            raise UserError(f"ablations.{name}.vary: Figure 1 needs a grid of this name that varies {_TAU} alone")
    grids = [experiment.ablations[name] for name in names]
    tasks, points = [grid.task for grid in grids], paper_numbers().figure1
    measures = " and ".join(dict.fromkeys(MEASURES[grid.metric] for grid in grids))
    headings = " and ".join(task_label(experiment, task) for task in tasks)
    caption = (
        f"ERAC, {headings}: {measures} by τ, mean ± sample standard deviation over runs; τ = 0 is AC. In the paper "
        f"ERAC diverges when τ reaches {points['mt']:g} in machine translation and {points['captioning']:g} in image "
        f"captioning. {_marks_and_data(experiment, tasks)}"
    )
    return _curves(experiment, scores, names, FIGURE1, "Figure 1", caption)


def ablation_figure(experiment: Experiment, scores: pd.DataFrame, name: str) -> Drawing:
    """Draw an ablation grid.

    Raises:
        UserError: the experiment has no such grid.
    """
    if name not in experiment.ablations:
        known = ", ".join(experiment.ablations) or "none"
        raise UserError(f"ablation {name}: the experiment has no such grid; it has {known}")
    grid = experiment.ablations[name]
    caption = (
        f"{ALGORITHMS[grid.algorithm]}, {task_label(experiment, grid.task)}: mean {MEASURES[grid.metric]} by "
        f"{' and '.join(map(field_label, grid.vary))}. {_marks_and_data(experiment, [grid.task])}"
    )
    named = (f"ablation-{name}", f"Ablation {name}", caption)
    if len(grid.vary) == 1:
        return _curves(experiment, scores, [name], *named)
    return _heat_map(experiment, scores, name, *named)


def _marks_and_data(experiment: Experiment, tasks: list[str]) -> str:
    return (
        "Diverged runs are left out of the means and marked (cross or †). k/n: k of n planned runs have finished; "
        "above a cross, have diverged. " + data_statement(experiment, tasks)
    )


def _curves(
    experiment: Experiment, scores: pd.DataFrame, grid_names: Sequence[str], name: str, title: str, caption: str
) -> Drawing:
    """Draw grids of one field each side by side."""
    with figure_style():
        figure = Figure(figsize=(COLUMN_WIDTH * len(grid_names), 2.35))
        panels = figure.subplots(1, len(grid_names), squeeze=False)[0]
        data = [_curve(axes, experiment, scores, grid) for axes, grid in zip(panels, grid_names, strict=True)]
        entries: dict[str, Artist] = {}
        for axes, grid_name in zip(panels, grid_names, strict=True):
            if len(panels) > 1:
                axes.set_title(task_label(experiment, experiment.ablations[grid_name].task))
            entries |= dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
        legend = dict(sorted(entries.items(), key=_legend_order))
        if legend:
            figure.legend(legend.values(), legend.keys(), loc="outside upper center", ncols=4, columnspacing=1.2)
    return Drawing(name, title, caption, figure, pd.DataFrame([row for rows in data for row in rows]))


def _curve(axes: Axes, experiment: Experiment, scores: pd.DataFrame, grid_name: str) -> list[dict[str, Any]]:
    """Draw a grid of one field; return its cells as rows, MLE's last."""
    grid = experiment.ablations[grid_name]
    cells = grid_scores(experiment, scores, grid_name, grid.metric)
    reference = algorithm_cell(experiment, scores, grid.task, "mle", grid.metric)
    (field,) = grid.vary
    values = [cell.values[field] for cell in cells]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    places = np.array(values if numeric else range(len(values)), dtype=float)
    if numeric and places.min() > 0 and places.max() >= 30 * places.min():
        axes.set_xscale("log")
    if not numeric:
        axes.set_xticks(places, [value_label(value) for value in values])
    _draw_cells(axes, cells, places, grid.algorithm)
    if np.isfinite(reference.summary.mean) and grid.algorithm != "mle":
        axes.axhline(reference.summary.mean, color=COLOURS["mle"], linestyle="--", linewidth=1, label="MLE", zorder=1)
    axes.set_xlabel(field_label(field), style="italic" if len(field_label(field)) == 1 else "normal")
    axes.set_ylabel(MEASURES[grid.metric])
    axes.margins(x=0.06, y=0.14)
    _make_room_beneath(axes, cells)
    return [*(cell.row() for cell in cells), reference.row()]


def _legend_order(entry: tuple[str, Artist]) -> int:
    return _LEGEND_LAST.index(entry[0]) if entry[0] in _LEGEND_LAST else -1


def _make_room_beneath(axes: Axes, cells: Sequence[ScoredCell]) -> None:
    """Keep a strip below all scores for what is lacking; no scale where there is no score."""
    if all(cell.summary.n == 0 for cell in cells):
        axes.set_yticks([])
    elif any(cell.summary.n_diverged or not cell.summary.n for cell in cells):
        low, high = axes.get_ylim()
        axes.set_ylim(low - 0.18 * (high - low), high)


def _draw_cells(axes: Axes, cells: Sequence[ScoredCell], places: np.ndarray, algorithm: str) -> None:
    """Draw the means with their deviations, a gap where there is none, and say beneath what is lacking."""
    means = np.array([cell.summary.mean for cell in cells])
    deviations = np.nan_to_num(np.array([cell.summary.std for cell in cells]))
    order = np.argsort(places, kind="stable")
    axes.plot(places[order], means[order], color=COLOURS[algorithm], zorder=2)
    is_ac = np.array([algorithm != "ac" and cell.algorithm.partition("@")[0] == "ac" for cell in cells])
    for chosen, name, marker in ((~is_ac, algorithm, "o"), (is_ac, "ac", "s")):
        drawn = chosen & np.isfinite(means)
        if drawn.any():
            label = ALGORITHMS[name] + (" (τ = 0)" if name == "ac" else "")
            axes.errorbar(
                places[drawn],
                means[drawn],
                deviations[drawn],
                fmt=marker,
                color=COLOURS[name],
                elinewidth=1,
                label=label,
                zorder=3,
            )
    foot = axes.get_xaxis_transform()
    # The scale reaches the cells that have no score, too.
    axes.update_datalim(np.column_stack([places, places]), updatey=False)
    diverged = np.array([cell.summary.n_diverged > 0 for cell in cells])
    if diverged.any():
        axes.plot(
            places[diverged],
            np.full(diverged.sum(), 0.05),
            "x",
            color=DIVERGED,
            markeredgewidth=1.4,
            transform=foot,
            label="diverged",
            zorder=4,
        )
    for cell, place in zip(cells, places, strict=True):
        summary = cell.summary
        if summary.n_diverged:
            text, colour = f"{summary.n_diverged}/{summary.n_planned}", DIVERGED
            axes.annotate(
                text,
                (place, 0.05),
                (0, 5),
                xycoords=foot,
                textcoords="offset points",
                ha="center",
                color=colour,
                size=7,
            )
        lacking = summary.n_planned - summary.n - summary.n_diverged
        if lacking and not summary.n and not summary.n_diverged:
            axes.annotate(
                f"{summary.n}/{summary.n_planned}", (place, 0.03), xycoords=foot, ha="center", color=MISSING, size=7
            )
        elif lacking and summary.n:
            axes.annotate(
                f"{summary.n}/{summary.n_planned}",
                (place, summary.mean),
                (4, -9),
                textcoords="offset points",
                color=MISSING,
                size=7,
            )


def _heat_map(
    experiment: Experiment, scores: pd.DataFrame, grid_name: str, name: str, title: str, caption: str
) -> Drawing:
    grid = experiment.ablations[grid_name]
    cells = grid_scores(experiment, scores, grid_name, grid.metric)
    reference = algorithm_cell(experiment, scores, grid.task, "mle", grid.metric)
    (down, rows), (across, columns) = grid.vary.items()
    means = np.array([cell.summary.mean for cell in cells]).reshape(len(rows), len(columns))
    with figure_style():
        figure = Figure(figsize=(max(COLUMN_WIDTH, 0.75 * len(columns) + 1.2), 0.5 * len(rows) + 1.1))
        axes = figure.add_subplot()
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        image = axes.imshow(means, cmap="cividis", aspect="auto")
        axes.set_facecolor("#efefef")
        axes.set_xticks(np.arange(len(columns) - 1) + 0.5, minor=True)
        axes.set_yticks(np.arange(len(rows) - 1) + 0.5, minor=True)
        axes.grid(True, axis="both", which="minor", color="white", linewidth=2)
        axes.tick_params(which="minor", length=0)
        for index, cell in enumerate(cells):
            row, column = divmod(index, len(columns))
            _write_cell(axes, cell, column, row, image)
        axes.set_xticks(range(len(columns)), [value_label(value) for value in columns])
        axes.set_yticks(range(len(rows)), [value_label(value) for value in rows])
        axes.set_xlabel(_axis_label(across))
        axes.set_ylabel(_axis_label(down))
        bar = figure.colorbar(image, ax=axes, pad=0.02)
        bar.outline.set_visible(False)
        bar.set_label(MEASURES[grid.metric])
        bar.ax.tick_params(length=0)
    data = pd.DataFrame([*(cell.row() for cell in cells), reference.row()])
    return Drawing(name, title, caption, figure, data)


def _axis_label(field: str) -> str:
    label = field_label(field)
    symbol, _, index = label.partition("_")
    return f"{symbol}$_{{\\mathrm{{{index}}}}}$" if label != field and index else label


def _write_cell(axes: Axes, cell: ScoredCell, x: int, y: int, image: Any) -> None:
    summary = cell.summary
    if summary.n:
        luminance = np.dot(image.cmap(image.norm(summary.mean))[:3], (0.2126, 0.7152, 0.0722))
        colour = "black" if luminance > 0.45 else "white"
        text = f"{summary.mean:.2f}" + ("†" if summary.n_diverged else "")
    else:
        text, colour = ("diverged" if summary.n_diverged else "–"), "#404040"
    lines = [text, f"{summary.n}/{summary.n_planned}"] if summary.n < summary.n_planned else [text]
    axes.text(x, y, "\n".join(lines), ha="center", va="center", color=colour, size=8)
