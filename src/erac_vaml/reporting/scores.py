"""The scores of every planned run, missing ones among them: results/{experiment}/scores.csv."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import write_text
from erac_vaml.plan import Run, plan_runs
from erac_vaml.runs.scores import MEASURES as SCORES

MEASURES = (*SCORES, "seconds")
"""Numbers of scores.json, empty where a stage has no such measure, and the manifest's seconds of training."""
COUNTS = ("best_epoch", "epochs", "steps")
IDENTITY = ("task", "algorithm", "stage", "run", "seed", "status")
DIVERGENCE = ("diverged_epoch", "diverged_step", "diverged_reason")
COLUMNS = (*IDENTITY, *MEASURES, *COUNTS, "bleu_signature", *DIVERGENCE)


def collect_scores(experiment: Experiment, results: Path) -> pd.DataFrame:
    """Return one row for each planned run, in the plan's order; `status` is finished, diverged or missing.

    Raises:
        UserError: a scores.json cannot be read, has no known status, or text where a number belongs.
    """
    rows = [_row(run, results / run.path / "scores.json") for run in plan_runs(experiment).values()]
    scores = pd.DataFrame(rows, columns=list(COLUMNS))
    whole = ["seed", *COUNTS, "diverged_epoch", "diverged_step"]
    return scores.astype(dict.fromkeys(whole, "Int64") | dict.fromkeys(MEASURES, "float64"))


def write_scores(experiment: Experiment, results: Path) -> pd.DataFrame:
    """Write results/scores.csv and return what is in it.

    Raises:
        UserError: as `collect_scores`.
    """
    scores = collect_scores(experiment, results)
    write_text(results / "scores.csv", scores.to_csv(index=False))
    return scores


def rows_of(scores: pd.DataFrame, runs: Sequence[Run]) -> pd.DataFrame:
    """Return the rows of those of the runs that the experiment plans."""
    wanted = {f"{run.task}/{run.algorithm}/{run.name}" for run in runs}
    return scores[_keys(scores).isin(wanted)]


def _keys(scores: pd.DataFrame) -> pd.Series:
    return scores["task"] + "/" + scores["algorithm"] + "/" + scores["run"]


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
    found = _read(path) | {"seconds": _seconds(path.with_name("manifest.json"))}
    diverged = found.get("diverged") or {}
    return (
        row
        | {"status": found["status"], "bleu_signature": found.get("bleu_signature")}
        | {name: found.get(name) for name in (*MEASURES, *COUNTS)}
        | {name: diverged.get(name.removeprefix("diverged_")) for name in DIVERGENCE}
    )


def _seconds(manifest: Path) -> float | None:
    try:
        seconds = json.loads(manifest.read_text(encoding="utf-8"))["seconds"]
    except (OSError, ValueError, KeyError, TypeError):  # A number beside the results: its want is no fault of theirs.
        return None
    return seconds if isinstance(seconds, int | float) else None


def _read(path: Path) -> dict[str, Any]:
    mend = "delete the run's folder and train it again"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {mend}") from None
    if not isinstance(found, dict) or found.get("status") not in ("finished", "diverged"):
        raise UserError(f'{path}: no "status" that is "finished" or "diverged"; {mend}')
    for name in (*SCORES, *COUNTS):
        value = found.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise UserError(f"{path}: {name} is {value!r}, not a number; {mend}")
    if not isinstance(found.get("diverged") or {}, dict):
        raise UserError(f'{path}: "diverged" is neither null nor an epoch, a step and a reason; {mend}')
    return found
