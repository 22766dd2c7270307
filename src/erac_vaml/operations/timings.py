"""Read how long finished runs took. Estimates are based on these times."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from erac_vaml.config import Experiment, load_experiment
from erac_vaml.errors import UserError
from erac_vaml.operations.data_size import DatasetSize, dataset_size
from erac_vaml.operations.work.totals import run_work, step_work
from erac_vaml.plan import Plan, Run
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.scores import read_scores

Unit = Literal["GPU", "core"]


@dataclass(frozen=True)
class Finished:
    """A run that finished or diverged."""

    run: Run
    epochs: float
    seconds: float
    """Seconds of training, validation and test, over all attempts."""
    unit: Unit
    units: int
    """Number of GPUs or cores that it used."""
    work: float
    """Floating-point operations of the whole run."""
    step_work: float
    """Floating-point operations of one optimisation step."""
    diverged: bool


def data_sizes(experiment: Experiment, results: Path) -> dict[str, DatasetSize]:
    """Return the size of each data set that a task uses, by its name."""
    return {name: dataset_size(dataset, results / "data" / name) for name, dataset in experiment.used_datasets.items()}


def finished_runs(plan: Plan, results: Path, sizes: dict[str, DatasetSize]) -> Iterator[Finished]:
    """Yield the planned runs that have ended and have intact files."""
    for run in plan.runs.values():
        try:
            manifest = read_manifest(results / run.path)
            scores = read_scores(results / run.path, manifest)
        except UserError:
            continue
        size = sizes[run.dataset]
        yield Finished(
            run=run,
            epochs=scores.epochs,
            seconds=manifest.seconds,
            unit="GPU" if manifest.on_gpu else "core",
            units=1 if manifest.on_gpu else manifest.threads,
            work=run_work(run, size, scores.epochs),
            step_work=step_work(run, size),
            diverged=scores.status == "diverged",
        )


def finished_elsewhere(results: Path) -> Iterator[Finished]:
    """Yield the ended runs of the experiments beside a folder of results. Each has a config.yaml that plans its runs.

    Print a warning for an experiment that cannot be read, for example because another version wrote it.
    """
    for path in sorted(results.parent.glob("*/config.yaml")):
        if path.parent.name == results.name:
            continue
        try:
            other = load_experiment(path)
            yield from list(finished_runs(Plan(other), path.parent, data_sizes(other, path.parent)))
        except (UserError, OSError) as error:
            reason = " ".join(str(error).split()).removeprefix(f"{path}: ")
            print(f"warning: {path}: not used for the estimate ({reason})", file=sys.stderr)
