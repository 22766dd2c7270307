"""Draw learning curves: validation BLEU by epoch, a panel for each algorithm with all its seeds and their mean."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from erac_vaml.plan import Cell
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.figures.catalogue import CURVES
from erac_vaml.reporting.figures.style import COLOURS, DIVERGED, MISSING, PAGE_WIDTH, Drawing, figure_style
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, data_statement, task_label
from erac_vaml.runs.history import read_history

_PANELS_A_ROW = 3


def learning_curves(scores: Scores, results: Path, task: str) -> Drawing:
    """Draw a task's learning curves from the runs' history.csv.

    Raises:
        UserError: a history cannot be read.
    """
    experiment = scores.experiment
    algorithms = asked_algorithms(experiment, task)
    rows = -(-len(algorithms) // _PANELS_A_ROW)
    start = scores.algorithm(task, "mle", "valid_bleu").mean
    tables = []
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, 1.75 * rows + 0.3))
        panels = figure.subplots(
            rows, min(_PANELS_A_ROW, max(1, len(algorithms))), sharey="row", squeeze=False
        ).flatten()
        for panel in panels[len(algorithms) :]:
            panel.set_visible(False)
        for index, (algorithm, panel) in enumerate(zip(algorithms, panels, strict=False)):
            cell = scores.algorithm(task, algorithm, "valid_bleu")
            status = dict(zip([run.name for run in cell.runs], _statuses(cell), strict=True))
            curves = {run.name: _curve(results / run.path, status[run.name]) for run in cell.runs}
            curves["mean"] = _mean([curves[run.name] for run in cell.finished_runs])
            _draw_panel(panel, cell, status, curves, start if cell.runs[0].starts_trained else None)
            if index % _PANELS_A_ROW == 0:
                panel.set_ylabel("validation BLEU")
            if index + _PANELS_A_ROW >= len(algorithms):
                panel.set_xlabel("epoch")
            tables += [
                curve.to_frame("valid_bleu")
                .reset_index()
                .assign(task=task, algorithm=algorithm, run=name, status=status.get(name, ""))
                for name, curve in curves.items()
            ]
    columns = ["task", "algorithm", "run", "status", "epoch", "valid_bleu"]
    caption = (
        f"{task_label(experiment, task)}: validation BLEU by epoch. Thin: one run each; bold: their mean, as far "
        "as all finished runs go; dashed: mean level of the MLE actors from which training starts; crosses: the "
        "epoch in which a run diverged."
    )
    title, statement = f"Learning curves, {task_label(experiment, task)}", data_statement(experiment, [task])
    return Drawing(f"{CURVES}{task}", title, caption, statement, figure, pd.concat(tables)[columns])


def _statuses(cell: Cell) -> list[str]:
    """Return the status of each run: finished, diverged or missing."""
    ended = zip(cell.finished, cell.diverged, strict=True)
    return ["finished" if finished else "diverged" if diverged else "missing" for finished, diverged in ended]


def _draw_panel(
    panel: Axes, cell: Cell, statuses: dict[str, str], curves: dict[str, pd.Series], start: float | None
) -> None:
    colour = COLOURS[cell.algorithm]
    if start is not None:
        panel.axhline(start, color=COLOURS["mle"], linestyle="--", linewidth=1, zorder=1)
    for run, status in statuses.items():
        curve = curves[run]
        if curve.empty:
            continue
        diverged = status == "diverged"
        panel.plot(curve.index, curve, color=DIVERGED if diverged else colour, linewidth=0.6, alpha=0.55, zorder=2)
        if diverged:
            panel.plot(curve.index[-1:], curve.iloc[-1:], "x", color=DIVERGED, markeredgewidth=1.4, zorder=4)
    panel.plot(curves["mean"].index, curves["mean"], color=colour, linewidth=1.8, zorder=3)
    panel.set_title(ALGORITHMS[cell.algorithm], loc="left", color=colour, fontweight="bold")
    panel.set_title(f"{cell.n_finished}/{cell.n_planned} runs", loc="right", color=MISSING, fontsize=7)
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _curve(folder: Path, status: str) -> pd.Series:
    """Return a run's validation BLEU by epoch; empty if the run is missing."""
    rows = [] if status == "missing" else read_history(folder)
    return _by_epoch({row.epoch: row.valid_bleu for row in rows if row.valid_bleu is not None})


def _mean(curves: list[pd.Series]) -> pd.Series:
    """Return the mean by epoch, over the epochs that all curves have."""
    return pd.concat(curves, axis=1, join="inner").mean(axis=1) if curves else _by_epoch({})


def _by_epoch(scores: dict[int, float]) -> pd.Series:
    return pd.Series(scores, pd.Index(list(scores), name="epoch", dtype="int64"), name="valid_bleu", dtype="float64")
