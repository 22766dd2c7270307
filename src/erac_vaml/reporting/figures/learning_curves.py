"""Draw learning curves: validation BLEU by epoch, a panel for each algorithm, and what training does to the policy."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from erac_vaml.config import Experiment
from erac_vaml.files import try_json
from erac_vaml.plan import Cell
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.figures.catalogue import CURVES
from erac_vaml.reporting.figures.style import COLOURS, DIVERGED, MISSING, PAGE_WIDTH, Drawing, figure_style
from erac_vaml.reporting.inputs import bounds_file
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, data_statement, task_label
from erac_vaml.runs.history import read_history

_PANELS_A_ROW = 3
_POLICY = {
    "valid_sampled_bleu": "BLEU of samples",
    "valid_greedy_bleu": "BLEU of greedy search",
    "valid_length_ratio": "length ratio, beam search",
}
"""Measures of the policy, each with a panel of its own for all algorithms that start from MLE."""
_MEASURES = ["valid_bleu", *_POLICY]


def learning_curves(scores: Scores, results: Path, task: str) -> Drawing:
    """Draw a task's learning curves from the runs' history.csv.

    Raises:
        UserError: a history cannot be read.
    """
    experiment = scores.experiment
    algorithms = asked_algorithms(experiment, task)
    trained = [name for name in algorithms if scores.algorithm(task, name, "valid_bleu").runs[0].starts_trained]
    rows = -(-len(algorithms) // _PANELS_A_ROW)
    start = scores.algorithm(task, "mle", "valid_bleu").mean
    allowed = _allowed(experiment, results, task)
    tables = []
    with figure_style():
        height = rows + bool(trained)
        figure = Figure(figsize=(PAGE_WIDTH, 1.75 * height + 0.3))
        grid = figure.add_gridspec(height, _PANELS_A_ROW)
        policy = {name: figure.add_subplot(grid[rows, place]) for place, name in enumerate(_POLICY) if trained}
        shared: dict[bool, Axes] = {}
        for index, algorithm in enumerate(algorithms):
            kind = algorithm in trained
            panel = figure.add_subplot(grid[divmod(index, _PANELS_A_ROW)], sharey=shared.get(kind))
            shared[kind] = panel
            cell = scores.algorithm(task, algorithm, "valid_bleu")
            status = dict(zip([run.name for run in cell.runs], _statuses(cell), strict=True))
            curves = {run.name: _curves(results / run.path, status[run.name]) for run in cell.runs}
            curves["mean"] = _mean([curves[run.name] for run in cell.finished_runs])
            for bound in allowed.values():
                panel.axhline(bound, color=MISSING, linestyle=":", linewidth=1, zorder=1)
            _draw_panel(panel, cell, status, curves, start if algorithm in trained else None)
            if index % _PANELS_A_ROW == 0:
                panel.set_ylabel("validation BLEU")
            for measure, axes in policy.items() if kind else ():
                axes.plot(curves["mean"].index, curves["mean"][measure], color=COLOURS[algorithm], linewidth=1.2)
            tables += [
                curve.reset_index().assign(task=task, algorithm=algorithm, run=name, status=status.get(name, ""))
                for name, curve in curves.items()
            ]
        for measure, axes in policy.items():
            axes.set_title(_POLICY[measure], loc="left")
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    columns = ["task", "algorithm", "run", "status", "epoch", *_MEASURES]
    caption = (
        f"{task_label(experiment, task)}: validation BLEU by epoch. Thin: one run each; bold: their mean, as far "
        "as all finished runs go; dashed: mean level of the MLE actors from which training starts; crosses: the "
        "epoch in which a run diverged. Algorithms that start from MLE have their own scale."
    )
    if trained:
        caption += (
            " Last row: what joint training does to the policy, means in the algorithms' colours; the length ratio is "
            "words of the hypotheses divided by words of the references."
        )
    if allowed:
        named = ", ".join(f"{bound:.1f} for {name}" for name, bound in allowed.items())
        caption += f" Dotted: what the grammar of the data allows, whatever the network: {named}."
    title, statement = f"Learning curves, {task_label(experiment, task)}", data_statement(experiment, [task])
    return Drawing(f"{CURVES}{task}", title, caption, statement, figure, pd.concat(tables)[columns])


def _allowed(experiment: Experiment, results: Path, task: str) -> dict[str, float]:
    """Return the BLEU on valid of the most probable and the best expected wordings, where the grammar is known."""
    path = bounds_file(experiment, task)
    found = try_json(results / path) if path else None
    names = ("most probable", "best expected")
    return {f"the {name} wordings": float(found["valid"][name]["score"]) for name in names} if found else {}


def _statuses(cell: Cell) -> list[str]:
    """Return the status of each run: finished, diverged or missing."""
    ended = zip(cell.finished, cell.diverged, strict=True)
    return ["finished" if finished else "diverged" if diverged else "missing" for finished, diverged in ended]


def _draw_panel(
    panel: Axes, cell: Cell, statuses: dict[str, str], curves: dict[str, pd.DataFrame], start: float | None
) -> None:
    colour = COLOURS[cell.algorithm]
    if start is not None:
        panel.axhline(start, color=COLOURS["mle"], linestyle="--", linewidth=1, zorder=1)
    for run, status in statuses.items():
        curve = curves[run]["valid_bleu"]
        if curve.empty:
            continue
        diverged = status == "diverged"
        panel.plot(curve.index, curve, color=DIVERGED if diverged else colour, linewidth=0.6, alpha=0.55, zorder=2)
        if diverged:
            panel.plot(curve.index[-1:], curve.iloc[-1:], "x", color=DIVERGED, markeredgewidth=1.4, zorder=4)
    panel.plot(curves["mean"].index, curves["mean"]["valid_bleu"], color=colour, linewidth=1.8, zorder=3)
    panel.set_title(ALGORITHMS[cell.algorithm], loc="left", color=colour, fontweight="bold")
    panel.set_title(f"{cell.n_finished}/{cell.n_planned} runs", loc="right", color=MISSING, fontsize=7)
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _curves(folder: Path, status: str) -> pd.DataFrame:
    """Return a run's validation measures by epoch; empty if the run is missing."""
    rows = [] if status == "missing" else [row for row in read_history(folder) if row.valid_bleu is not None]
    return pd.DataFrame(
        {name: [getattr(row, name) for row in rows] for name in _MEASURES},
        index=pd.Index([row.epoch for row in rows], name="epoch", dtype="int64"),
        dtype="float64",
    )


def _mean(curves: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the means by epoch, over the epochs that all runs have."""
    if not curves:
        return _curves(Path(), "missing")
    by_epoch = pd.concat(curves).groupby("epoch")
    return by_epoch.mean()[by_epoch.size() == len(curves)]
