"""Collect the scores of all planned runs in results/{experiment}/scores.csv, and fill cells with them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import read_regular, write_text
from erac_vaml.plan import Cell, Plan, Run, run_path
from erac_vaml.reporting.inputs import Inputs
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.scores import MEASURES, has_ended, read_scores

COLLECTED_FILE = "scores.csv"
_NUMBERS = (*MEASURES, "seconds")
"""The measures of scores.json, empty where a stage lacks the measure, and the manifest's seconds of training."""
_COUNTS = ("best_epoch", "epochs", "steps")
_IDENTITY = ("task", "algorithm", "stage", "run", "seed", "status")
_SIGNATURES = ("bleu_signature", "chrf_signature")
_DIVERGENCE = ("diverged_epoch", "diverged_step", "diverged_reason")
COLUMNS = (*_IDENTITY, *_NUMBERS, *_COUNTS, *_SIGNATURES, *_DIVERGENCE)
_WHOLE = ("seed", *_COUNTS, "diverged_epoch", "diverged_step")
_TEXTS = [name for name in COLUMNS if name not in (*_NUMBERS, *_WHOLE)]


@dataclass(frozen=True)
class CollectedScores:
    """Scores of some or all runs of an experiment."""

    plan: Plan
    rows: pd.DataFrame
    """A row for each run, with the columns of scores.csv; the index is the run's path."""

    @property
    def experiment(self) -> Experiment:
        """The experiment that plans the runs."""
        return self.plan.experiment

    def of(self, cell: Cell, metric: str) -> Cell:
        """Return a planned cell with one measure of its runs.

        Raises:
            KeyError: the scores of its runs were not read, because they were not declared as inputs.
        """
        rows = self.rows.loc[[str(run.path) for run in cell.runs]]
        score = rows[metric].where(rows["status"] == "finished").to_numpy(dtype=float)
        return replace(cell, metric=metric, score=score, diverged=(rows["status"] == "diverged").to_numpy(dtype=bool))

    def algorithm(self, task: str, algorithm: str, metric: str = "test_bleu") -> Cell:
        """Return the cell of an algorithm with the task's own settings; without runs if the experiment plans none."""
        return self.of(self.plan.algorithm(task, algorithm), metric)

    def grid(self, name: str, metric: str | None = None) -> list[Cell]:
        """Return the cells of an ablation grid by a metric, or by its own; none if there is no such grid.

        Raises:
            UserError: the grid names an unknown field or a value that is out of range.
        """
        cells = self.plan.grid(name)
        return [self.of(cell, metric or self.experiment.ablations[name].metric) for cell in cells]

    def grid_reference(self, name: str, metric: str | None = None) -> Cell:
        """Return the cell of MLE with the seeds of a grid's finished runs (or all), by a metric or the grid's own."""
        mle = self.of(self.plan.grid_reference(name), metric or self.experiment.ablations[name].metric)
        seeds = {run.seed for cell in self.grid(name, mle.metric) for run in cell.finished_runs}
        kept = [place for place, run in enumerate(mle.runs) if not seeds or run.seed in seeds]
        runs = tuple(mle.runs[place] for place in kept)
        return replace(mle, runs=runs, score=mle.score[kept], diverged=mle.diverged[kept])


def scores_of_runs(plan: Plan, results: Path, runs: Iterable[Run]) -> CollectedScores:
    """Return the scores of some runs; `status` is finished, diverged or missing.

    Raises:
        UserError: a scores.json is damaged, was changed or cannot be read, or belongs to another run.
    """
    return CollectedScores(plan, _table([_row(run, results) for run in runs]))


def collect_inputs(plan: Plan) -> Inputs:
    """Return the inputs of scores.csv: every run's scores, and its seconds of training."""
    return Inputs(tuple(plan.runs.values()))


def collect_scores(plan: Plan, results: Path) -> CollectedScores:
    """Read every planned run once, write results/scores.csv and return its content.

    Raises:
        UserError: as `scores_of_runs`; or a run's manifest cannot be read.
    """
    scores = scores_of_runs(plan, results, plan.runs.values())
    ended = scores.rows.index[scores.rows["status"] != "missing"]
    scores.rows.loc[ended, "seconds"] = [read_manifest(results / path).seconds for path in ended]
    write_text(results / COLLECTED_FILE, scores.rows.to_csv(index=False))
    return scores


def load_scores(plan: Plan, results: Path) -> CollectedScores:
    """Return the content of results/scores.csv, as `collect_scores` wrote it.

    Raises:
        UserError: scores.csv is missing or damaged, or has other runs than the experiment plans.
    """
    path, fix = results / COLLECTED_FILE, "write it with `erac-vaml collect`"
    try:
        # A task may be named `2014`, `true` or `nan`: texts stay texts, and only an empty field is no value.
        texts = dict.fromkeys(_TEXTS, str)
        rows = pd.read_csv(BytesIO(read_regular(path)), dtype=texts, keep_default_na=False, na_values=[""])
        scores = CollectedScores(plan, _table(rows))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; {fix}") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {fix}") from None
    if list(scores.rows.index) != list(plan.runs):
        raise UserError(f"{path}: has other runs than the configuration plans; {fix}")
    return scores


def _table(rows: Sequence[dict[str, Any]] | pd.DataFrame) -> pd.DataFrame:
    """Return rows with the columns of scores.csv and their types, the run's path as the index."""
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype(dict.fromkeys(_WHOLE, "Int64") | dict.fromkeys(_NUMBERS, "float64"))
    paths = [str(run_path(*names)) for names in zip(table["task"], table["algorithm"], table["run"], strict=True)]
    return table.set_index(pd.Index(paths, dtype=object))


def _row(run: Run, results: Path) -> dict[str, Any]:
    """Return a run's row of scores.csv; what a missing run does not have is left out."""
    row: dict[str, Any] = {
        "task": run.task,
        "algorithm": run.algorithm,
        "stage": run.stage,
        "run": run.name,
        "seed": run.seed,
        "status": "missing",
    }
    if not has_ended(results / run.path):
        return row
    found = read_scores(results / run.path)
    return (
        row
        | {"status": found.status}
        | found.measures
        | {name: getattr(found, name) for name in (*_COUNTS, *_SIGNATURES)}
        | ({f"diverged_{name}": value for name, value in asdict(found.diverged).items()} if found.diverged else {})
    )
