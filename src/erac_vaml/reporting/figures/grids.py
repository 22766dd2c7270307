"""Draw Figure 1 and the ablation grids: a curve for one field, a heat map for two."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from erac_vaml.errors import UserError
from erac_vaml.plan import Cell, pairs
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.figures.style import COLOURS, COLUMN_WIDTH, DIVERGED, MISSING, Drawing, figure_style
from erac_vaml.reporting.labels import (
    ALGORITHMS,
    FIGURE1_GRIDS,
    METRICS,
    data_statement,
    field_label,
    task_label,
    value_label,
)
from erac_vaml.reporting.names import ABLATION, FIGURE1
from erac_vaml.reporting.paper import paper_numbers
from erac_vaml.reporting.tables.ablation import TAU, known_grid
from erac_vaml.reporting.tidy import tidy_row

_LEGEND_LAST = ("MLE, same seeds", "diverged")
_WIDE = 10
"""Ratio of the largest to the smallest positive value from which an axis is logarithmic."""
_BARS = (
    "Bars: sample standard deviation of three or more runs; dots: the scores of two runs. Diverged runs are left out "
    "of the means; crosses mark them. k/n: k of n planned runs have finished, or above a cross, have diverged."
)


def figure1(scores: CollectedScores) -> Drawing:
    """Draw Figure 1: ERAC's score by τ, AC at τ = 0; a panel for each of the grids `FIGURE1_GRIDS`.

    Raises:
        UserError: there is no such grid, or one of them does not vary τ alone.
    """
    experiment = scores.experiment
    names = [name for name in FIGURE1_GRIDS if name in experiment.ablations]
    for name in names or [FIGURE1]:
        grid = experiment.ablations.get(name)
        if grid is None or list(grid.vary) != [TAU]:
            raise UserError(f"ablations.{name}.vary: Figure 1 needs a grid of this name that varies only {TAU}")
    grids = [experiment.ablations[name] for name in names]
    tasks, points = [grid.task for grid in grids], paper_numbers().figure1
    measures = " and ".join(dict.fromkeys(METRICS[grid.metric] for grid in grids))
    headings = " and ".join(task_label(experiment, task) for task in tasks)
    caption = f"ERAC, {headings}: mean {measures} by τ; τ = 0 is AC. {_BARS}"
    if any(experiment.tasks[task].paper_setting for task in tasks):
        caption += (
            f" In the paper ERAC diverges from τ = {points['mt']:g} on in translation and from "
            f"τ = {points['captioning']:g} on in captioning."
        )
    return _curves(scores, names, FIGURE1, "Figure 1", caption, data_statement(experiment, tasks))


def ablation_figure(scores: CollectedScores, name: str) -> Drawing:
    """Draw an ablation grid.

    Raises:
        UserError: the experiment has no such grid.
    """
    experiment = scores.experiment
    grid = known_grid(experiment, name)
    marks = _BARS if len(grid.vary) == 1 else "†: diverged runs are left out. k/n: k of n planned runs have finished."
    caption = (
        f"{ALGORITHMS[grid.algorithm]}, {task_label(experiment, grid.task)}: mean {METRICS[grid.metric]} by "
        f"{' and '.join(map(field_label, grid.vary))}. {marks}"
    )
    named = (f"{ABLATION}{name}", f"Grid {name}", caption, data_statement(experiment, [grid.task]))
    return _curves(scores, [name], *named) if len(grid.vary) == 1 else _heat_map(scores, name, *named)


def _curves(
    scores: CollectedScores, grid_names: Sequence[str], name: str, title: str, caption: str, statement: str
) -> Drawing:
    """Draw grids of one field side by side."""
    experiment = scores.experiment
    with figure_style():
        figure = Figure(figsize=(COLUMN_WIDTH * len(grid_names), 2.35))
        panels = figure.subplots(1, len(grid_names), squeeze=False)[0]
        data = [_curve(axes, scores, grid) for axes, grid in zip(panels, grid_names, strict=True)]
        entries: dict[str, Artist] = {}
        for axes, grid_name in zip(panels, grid_names, strict=True):
            if len(panels) > 1:
                axes.set_title(task_label(experiment, experiment.ablations[grid_name].task), parse_math=False)
            entries |= dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
        legend = dict(sorted(entries.items(), key=_legend_order))
        if legend:
            figure.legend(legend.values(), legend.keys(), loc="outside upper center", ncols=4, columnspacing=1.2)
    return Drawing(name, title, caption, statement, figure, pd.DataFrame([row for rows in data for row in rows]))


def _curve(axes: Axes, scores: CollectedScores, grid_name: str) -> list[dict[str, Any]]:
    """Draw a grid of one field; return its cells as rows, MLE's last."""
    grid = scores.experiment.ablations[grid_name]
    cells, reference = scores.grid(grid_name), scores.grid_reference(grid_name)
    (field,) = grid.vary
    values = [cell.values[field] for cell in cells]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    places = np.array(values if numeric else range(len(values)), dtype=float)
    positive = places[places > 0]
    if numeric and places.min() >= 0 and positive.size and positive.max() >= _WIDE * positive.min():
        if places.min() == 0:
            axes.set_xscale("symlog", linthresh=positive.min())
        else:
            axes.set_xscale("log")
        axes.minorticks_off()
    axes.set_xticks(places, [value_label(value) for value in values])
    order = np.argsort(places, kind="stable")
    if numeric and len(values) > 2:
        # Two points, or values without an order, have no curve.
        means = np.array([cell.mean for cell in cells])
        axes.plot(places[order], means[order], color=COLOURS[grid.algorithm], zorder=2)
    _draw_cells(axes, cells, places, grid.algorithm)
    if np.isfinite(reference.mean) and grid.algorithm != "mle":
        baselines = np.array([_same_seeds(reference, cell) for cell in cells])
        axes.plot(
            places[order], baselines[order], "--", color=COLOURS["mle"], linewidth=1, label=_LEGEND_LAST[0], zorder=1
        )
    axes.set_xlabel(_axis_label(field), style="italic" if len(field_label(field)) == 1 else "normal")
    axes.set_ylabel(METRICS[grid.metric])
    axes.margins(x=0.06, y=0.14)
    _make_room_beneath(axes, cells)
    return [tidy_row(cell) for cell in (*cells, reference)]


def _same_seeds(reference: Cell, cell: Cell) -> float:
    """Return the mean of the reference over the seeds with which the cell has finished; over all if it has none."""
    both, _ = pairs([reference, cell])
    return float(both[:, 0].mean()) if len(both) else reference.mean


def _legend_order(entry: tuple[str, Artist]) -> int:
    return _LEGEND_LAST.index(entry[0]) if entry[0] in _LEGEND_LAST else -1


def _make_room_beneath(axes: Axes, cells: Sequence[Cell]) -> None:
    """Keep a strip below all scores for the marks of missing runs; draw no scale if there is no score."""
    if all(cell.n_finished == 0 for cell in cells):
        axes.set_yticks([])
    elif any(cell.n_diverged or not cell.n_finished for cell in cells):
        low, high = axes.get_ylim()
        axes.set_ylim(low - 0.18 * (high - low), high)


def _draw_cells(axes: Axes, cells: Sequence[Cell], places: np.ndarray, algorithm: str) -> None:
    """Draw the means with their deviations, and how many runs diverged or are missing."""
    means = np.array([cell.mean for cell in cells])
    deviations = np.array([cell.std for cell in cells])
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
    for cell, place in zip(cells, places, strict=True):
        if cell.n_finished == 2:
            axes.plot(
                [place] * 2, cell.scores, ".", color=COLOURS[cell.algorithm.partition("@")[0]], alpha=0.5, zorder=2
            )
    foot = axes.get_xaxis_transform()
    # The scale includes the cells that have no score.
    axes.update_datalim(np.column_stack([places, places]), updatey=False)
    diverged = np.array([cell.n_diverged > 0 for cell in cells])
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
        if cell.n_diverged:
            count = f"{cell.n_diverged}/{cell.n_planned}"
            axes.annotate(count, (place, 0.05), (0, 5), foot, "offset points", ha="center", color=DIVERGED, size=7)
        if cell.n_finished + cell.n_diverged < cell.n_planned:
            count = f"{cell.n_finished}/{cell.n_planned}"
            if cell.n_finished:
                axes.annotate(count, (place, cell.mean), (4, -9), "data", "offset points", color=MISSING, size=7)
            elif not cell.n_diverged:
                axes.annotate(count, (place, 0.03), xycoords=foot, ha="center", color=MISSING, size=7)


def _heat_map(scores: CollectedScores, grid_name: str, name: str, title: str, caption: str, statement: str) -> Drawing:
    grid = scores.experiment.ablations[grid_name]
    cells, reference = scores.grid(grid_name), scores.grid_reference(grid_name)
    (down, rows), (across, columns) = grid.vary.items()
    means = np.array([cell.mean for cell in cells]).reshape(len(rows), len(columns))
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
        bar.set_label(METRICS[grid.metric])
        bar.ax.tick_params(length=0)
    data = pd.DataFrame([tidy_row(cell) for cell in (*cells, reference)])
    return Drawing(name, title, caption, statement, figure, data)


def _axis_label(field: str) -> str:
    label = field_label(field)
    symbol, _, index = label.partition("_")
    return f"{symbol}$_{{\\mathrm{{{index}}}}}$" if label != field and index else label


def _write_cell(axes: Axes, cell: Cell, x: int, y: int, image: Any) -> None:
    if cell.n_finished:
        luminance = np.dot(image.cmap(image.norm(cell.mean))[:3], (0.2126, 0.7152, 0.0722))
        colour = "black" if luminance > 0.45 else "white"
        text = f"{cell.mean:.2f}" + ("†" if cell.n_diverged else "")
    else:
        text, colour = ("diverged" if cell.n_diverged else "–"), "#404040"
    lines = [text, f"{cell.n_finished}/{cell.n_planned}"] if cell.n_finished < cell.n_planned else [text]
    axes.text(x, y, "\n".join(lines), ha="center", va="center", color=colour, size=8)
