"""Learning curves: validation BLEU by epoch, one panel an algorithm, all its seeds and their mean."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.plan import algorithm_runs
from erac_vaml.reporting.cells import algorithm_cell
from erac_vaml.reporting.figures.style import COLOURS, DIVERGED, MISSING, PAGE_WIDTH, Drawing, figure_style
from erac_vaml.reporting.labels import ALGORITHMS, data_statement, task_label
from erac_vaml.reporting.scores import rows_of

_PANELS_A_ROW = 3


def learning_curves(experiment: Experiment, results: Path, scores: pd.DataFrame, task: str) -> Drawing:
    """Draw a task's learning curves from the runs' history.csv.

    Raises:
        UserError: the experiment has no such task, or a history cannot be read.
    """
    if task not in experiment.tasks:
        raise UserError(
            f"learning-curves-{task}: the experiment has no such task; it has {', '.join(experiment.tasks)}"
        )
    algorithms = [name for name in ALGORITHMS if name in experiment.tasks[task].algorithms]
    rows = -(-len(algorithms) // _PANELS_A_ROW)
    start = algorithm_cell(experiment, scores, task, "mle", "valid_bleu").summary.mean
    tables = []
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, 1.75 * rows + 0.3))
        panels = figure.subplots(
            rows, min(_PANELS_A_ROW, max(1, len(algorithms))), sharey="row", squeeze=False
        ).flatten()
        for panel in panels[len(algorithms) :]:
            panel.set_visible(False)
        for index, (algorithm, panel) in enumerate(zip(algorithms, panels, strict=False)):
            runs = algorithm_runs(experiment, task, algorithm)
            planned = rows_of(scores, runs)
            curves = _curves(results, planned)
            curves["mean"] = _mean([curves[name] for name in planned.loc[planned["status"] == "finished", "run"]])
            _draw_panel(panel, algorithm, planned, curves, start if runs[0].starts_trained else None)
            if index % _PANELS_A_ROW == 0:
                panel.set_ylabel("validation BLEU")
            if index + _PANELS_A_ROW >= len(algorithms):
                panel.set_xlabel("epoch")
            status = dict(zip(planned["run"], planned["status"], strict=True))
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
        f"epoch in which a run diverged. {data_statement(experiment, [task])}"
    )
    title = f"Learning curves, {task_label(experiment, task)}"
    return Drawing(f"learning-curves-{task}", title, caption, figure, pd.concat(tables)[columns])


def _draw_panel(
    panel: Axes, algorithm: str, planned: pd.DataFrame, curves: dict[str, pd.Series], start: float | None
) -> None:
    colour = COLOURS[algorithm]
    if start is not None:
        panel.axhline(start, color=COLOURS["mle"], linestyle="--", linewidth=1, zorder=1)
    for run, status in zip(planned["run"], planned["status"], strict=True):
        curve = curves[run]
        if curve.empty:
            continue
        diverged = status == "diverged"
        panel.plot(curve.index, curve, color=DIVERGED if diverged else colour, linewidth=0.6, alpha=0.55, zorder=2)
        if diverged:
            panel.plot(curve.index[-1:], curve.iloc[-1:], "x", color=DIVERGED, markeredgewidth=1.4, zorder=4)
    panel.plot(curves["mean"].index, curves["mean"], color=colour, linewidth=1.8, zorder=3)
    finished = int((planned["status"] == "finished").sum())
    panel.set_title(ALGORITHMS[algorithm], loc="left", color=colour, fontweight="bold")
    panel.set_title(f"{finished}/{len(planned)} runs", loc="right", color=MISSING, fontsize=7)
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _curves(results: Path, planned: pd.DataFrame) -> dict[str, pd.Series]:
    """Return each planned run's validation BLEU by epoch; empty where the run is missing."""
    columns = [planned[name] for name in ("task", "algorithm", "run", "status")]
    return {
        run: _empty() if status == "missing" else _read(results / "runs" / task / algorithm / run / "history.csv")
        for task, algorithm, run, status in zip(*columns, strict=True)
    }


def _read(path: Path) -> pd.Series:
    try:
        history = pd.read_csv(path)
        return history.set_index("epoch")["valid_bleu"].astype(float).dropna()
    except FileNotFoundError:
        return _empty()
    except (ValueError, KeyError) as error:
        raise UserError(f"{path}: no table with epoch and valid_bleu ({error}); train the run again") from None


def _empty() -> pd.Series:
    return pd.Series([], index=pd.Index([], name="epoch", dtype="int64"), name="valid_bleu", dtype="float64")


def _mean(curves: list[pd.Series]) -> pd.Series:
    """Return the mean by epoch over the epochs that all curves have: no mean over the longest-lived alone."""
    return pd.concat(curves, axis=1, join="inner").mean(axis=1) if curves else _empty()
