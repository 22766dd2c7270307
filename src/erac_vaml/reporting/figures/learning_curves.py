"""Draw learning curves: validation BLEU by epoch, a panel for each algorithm, and what training does to the policy."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from erac_vaml.config import Experiment
from erac_vaml.files import try_json
from erac_vaml.plan import Cell, pairs
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.figures.style import COLOURS, DIVERGED, MISSING, PAGE_WIDTH, Drawing, figure_style
from erac_vaml.reporting.inputs import bounds_file
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, data_statement, task_label
from erac_vaml.reporting.names import CURVES
from erac_vaml.runs.history import read_history

_PANELS_A_ROW = 3
_POLICY = {
    "valid_sampled_bleu": "BLEU of samples",
    "valid_greedy_bleu": "BLEU of greedy search",
    "valid_length_ratio": "length ratio of beam search",
}
"""Measures of the policy, each with a panel of its own for all algorithms that start from MLE."""
_MEASURES = ["valid_bleu", *_POLICY]


def learning_curves(scores: CollectedScores, results: Path, task: str) -> Drawing:
    """Draw a task's learning curves from the runs' history.csv.

    Raises:
        UserError: a history cannot be read.
    """
    experiment = scores.experiment
    cells = {name: scores.algorithm(task, name, "valid_bleu") for name in asked_algorithms(experiment, task)}
    curves = {name: _curves_of(cell, results) for name, cell in cells.items()}
    trained = {name: curves[name]["mean"] for name, cell in cells.items() if cell.runs[0].starts_trained}
    # Runs of older versions lack the measures of the policy.
    has_policy = any(mean[[*_POLICY]].notna().any(axis=None) for mean in trained.values())
    mle = scores.algorithm(task, "mle", "valid_bleu")
    allowed = _allowed(experiment, results, task)
    rows = -(-len(cells) // _PANELS_A_ROW)
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, 1.75 * (rows + has_policy) + 0.3))
        grid = figure.add_gridspec(rows + has_policy, _PANELS_A_ROW)
        shared: dict[bool, Axes] = {}
        for index, (algorithm, cell) in enumerate(cells.items()):
            kind = algorithm in trained
            panel = figure.add_subplot(grid[divmod(index, _PANELS_A_ROW)], sharey=shared.get(kind))
            shared[kind] = panel
            for bound in allowed.values():
                panel.axhline(bound, color=MISSING, linestyle=":", linewidth=1, zorder=1)
            _draw_panel(panel, cell, curves[algorithm], _start(cell, mle) if kind else None)
            if index % _PANELS_A_ROW == 0:
                panel.set_ylabel("validation BLEU")
        for place, (measure, label) in enumerate(_POLICY.items() if has_policy else ()):
            axes = figure.add_subplot(grid[rows, place])
            for algorithm, mean in trained.items():
                axes.plot(mean.index, mean[measure], color=COLOURS[algorithm], linewidth=1.2)
            axes.set_title(label, loc="left")
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    tables = [
        curve.reset_index().assign(
            task=task, algorithm=algorithm, run=run, status=_statuses(cells[algorithm]).get(run, "")
        )
        for algorithm, of_runs in curves.items()
        for run, curve in of_runs.items()
    ]
    columns = ["task", "algorithm", "run", "status", "epoch", *_MEASURES]
    caption = (
        "Validation BLEU by epoch. Thin lines: runs; bold line: mean over the epochs that all finished runs have; "
        "crosses: a run diverged."
    )
    if trained:
        caption += (
            " Algorithms that start from MLE have their own scale; dashed: mean of the MLE runs from which they start."
        )
    if has_policy:
        caption += " Last row: their policies; length ratio: words of the output divided by words of the references."
    if allowed:
        named = ", ".join(f"{bound:.1f} for {name}" for name, bound in allowed.items())
        caption += f" Dotted: limits of any network, set by the grammar of the data: {named}."
    title, statement = f"Learning curves, {task_label(experiment, task)}", data_statement(experiment, [task])
    return Drawing(f"{CURVES}{task}", title, caption, statement, figure, pd.concat(tables)[columns])


def _allowed(experiment: Experiment, results: Path, task: str) -> dict[str, float]:
    """Return the BLEU on valid of the most probable and the best expected wordings, where the grammar is known."""
    path = bounds_file(experiment, task)
    found = try_json(results / path) if path else None
    names = ("most probable", "best expected")
    return {f"the {name} wordings": float(found["valid"][name]["score"]) for name in names} if found else {}


def _start(cell: Cell, mle: Cell) -> float | None:
    """Return the mean of the MLE runs with the seeds of an algorithm's finished runs; None if there is none."""
    both, _ = pairs([mle, cell])
    return float(both[:, 0].mean()) if len(both) else None


def _statuses(cell: Cell) -> dict[str, str]:
    """Return the status of each run: finished, diverged or missing."""
    ended = zip(cell.runs, cell.finished, cell.diverged, strict=True)
    return {run.name: "finished" if done else "diverged" if failed else "missing" for run, done, failed in ended}


def _curves_of(cell: Cell, results: Path) -> dict[str, pd.DataFrame]:
    """Return the curves of each run of a cell, and "mean", that of the finished runs."""
    curves = {run.name: _curves(results / run.path, _statuses(cell)[run.name]) for run in cell.runs}
    return curves | {"mean": _mean([curves[run.name] for run in cell.finished_runs])}


def _draw_panel(panel: Axes, cell: Cell, curves: dict[str, pd.DataFrame], start: float | None) -> None:
    colour = COLOURS[cell.algorithm]
    if start is not None:
        panel.axhline(start, color=COLOURS["mle"], linestyle="--", linewidth=1, zorder=1)
    for run, status in _statuses(cell).items():
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
    if all(curve.empty for curve in curves.values()):
        panel.set_xticks([])
    else:
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
