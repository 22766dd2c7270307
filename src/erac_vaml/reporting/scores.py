"""Collect the scores of every planned run into results/{experiment}/scores.csv, and fill them into cells."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import write_text
from erac_vaml.plan import Cell, Plan, Run
from erac_vaml.reporting.inputs import Inputs
from erac_vaml.runs.measures import SCORES

SCORES_FILE = "scores.csv"
MEASURES = (*SCORES, "seconds")
"""Numbers of scores.json, empty where a stage has no such measure, and the manifest's seconds of training."""
COUNTS = ("best_epoch", "epochs", "steps")
IDENTITY = ("task", "algorithm", "stage", "run", "seed", "status")
DIVERGENCE = ("diverged_epoch", "diverged_step", "diverged_reason")
COLUMNS = (*IDENTITY, *MEASURES, *COUNTS, "bleu_signature", *DIVERGENCE)
_WHOLE = ("seed", *COUNTS, "diverged_epoch", "diverged_step")


@dataclass(frozen=True)
class Scores:
    """Scores of some or all runs of an experiment."""

    plan: Plan
    rows: pd.DataFrame
    """A row with the columns of scores.csv for each of the runs; its index is the run's path."""

    @property
    def experiment(self) -> Experiment:
        """The experiment that plans the runs."""
        return self.plan.experiment

    def of(self, cell: Cell, metric: str) -> Cell:
        """Return a planned cell with one measure of its runs. A KeyError means that its runs were not declared."""
        rows = self.rows.loc[[str(run.path) for run in cell.runs]]
        score = rows[metric].where(rows["status"] == "finished").to_numpy(dtype=float)
        return cell.scored(metric, score, (rows["status"] == "diverged").to_numpy(dtype=bool))

    def algorithm(self, task: str, algorithm: str, metric: str = "test_bleu") -> Cell:
        """Return an algorithm of a task with the task's own settings; no runs where the experiment plans none of it."""
        return self.of(self.plan.algorithm(task, algorithm), metric)

    def grid(self, name: str, metric: str | None = None) -> list[Cell]:
        """Return the cells of an ablation grid by its own metric or another; none where there is no such grid.

        Raises:
            UserError: the grid names an unknown field or a value that is out of range.
        """
        cells = self.plan.grid(name)
        return [self.of(cell, metric or self.experiment.ablations[name].metric) for cell in cells]


def read_scores(plan: Plan, results: Path, runs: Iterable[Run]) -> Scores:
    """Return the scores of some runs; `status` is finished, diverged or missing.

    Raises:
        UserError: a scores.json cannot be read, has no known status, or text where a number belongs.
    """
    return Scores(plan, _table([_row(run, results / run.path / "scores.json") for run in runs]))


def collect_inputs(plan: Plan) -> Inputs:
    """Return what scores.csv is made of: every run's scores, and its seconds of training."""
    runs = tuple(plan.runs.values())
    return Inputs(runs, tuple(run.path / "manifest.json" for run in runs))


def collect_scores(plan: Plan, results: Path) -> Scores:
    """Read every planned run once, write results/scores.csv and return what is in it.

    Raises:
        UserError: as `read_scores`.
    """
    scores = read_scores(plan, results, plan.runs.values())
    ended = scores.rows.index[scores.rows["status"] != "missing"]
    scores.rows.loc[ended, "seconds"] = [_seconds(results / path / "manifest.json") for path in ended]
    write_text(results / SCORES_FILE, scores.rows.to_csv(index=False))
    return scores


def load_scores(plan: Plan, results: Path) -> Scores:
    """Return what `collect_scores` has written.

    Raises:
        UserError: scores.csv is missing or damaged, or has other runs than the experiment plans.
    """
    path, fix = results / SCORES_FILE, "write it with `erac-vaml collect`"
    try:
        rows = pd.read_csv(path).reindex(columns=list(COLUMNS))
        scores = Scores(
            plan, _table([{str(key): value for key, value in row.items()} for row in rows.to_dict("records")])
        )
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; {fix}") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {fix}") from None
    if list(scores.rows.index) != list(plan.runs):
        raise UserError(f"{path}: has other runs than the configuration plans; {fix}")
    return scores


def _table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype(dict.fromkeys(_WHOLE, "Int64") | dict.fromkeys(MEASURES, "float64"))
    paths = "runs/" + table["task"].astype(str) + "/" + table["algorithm"].astype(str) + "/" + table["run"].astype(str)
    return table.set_index(pd.Index(paths, dtype=object))


def _row(run: Run, path: Path) -> dict[str, Any]:
    row: dict[str, Any] = {
        "task": run.task,
        "algorithm": run.algorithm,
        "stage": run.stage,
        "run": run.name,
        "seed": run.seed,
        "status": "missing",
    }
    if not path.exists():
        return row
    found = _read(path)
    diverged = found.get("diverged") or {}
    return (
        row
        | {"status": found["status"], "bleu_signature": found.get("bleu_signature")}
        | {name: found.get(name) for name in (*SCORES, *COUNTS)}
        | {name: diverged.get(name.removeprefix("diverged_")) for name in DIVERGENCE}
    )


def _seconds(manifest: Path) -> float | None:
    try:
        seconds = json.loads(manifest.read_text(encoding="utf-8"))["seconds"]
    except (OSError, ValueError, KeyError, TypeError):  # The scores are whole without it.
        return None
    return seconds if isinstance(seconds, int | float) else None


def _read(path: Path) -> dict[str, Any]:
    fix = "delete the run's folder and train it again"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {fix}") from None
    if not isinstance(found, dict) or found.get("status") not in ("finished", "diverged"):
        raise UserError(f'{path}: no "status" that is "finished" or "diverged"; {fix}')
    for name in (*SCORES, *COUNTS):
        value = found.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise UserError(f"{path}: {name} is {value!r}, not a number; {fix}")
    if not isinstance(found.get("diverged") or {}, dict):
        raise UserError(f'{path}: "diverged" is neither null nor an epoch, a step and a reason; {fix}')
    return found
