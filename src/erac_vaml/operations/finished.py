"""Reads how long finished runs took; estimates are based on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from erac_vaml.config import Experiment, load_experiment
from erac_vaml.errors import UserError
from erac_vaml.files import try_json
from erac_vaml.operations.data_size import DatasetSize, dataset_size
from erac_vaml.operations.work.run import steps, work_of
from erac_vaml.plan import Run, plan_runs

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
    """GPUs or cores that it used."""
    work: float
    """Floating-point operations of the whole run."""
    step_work: float
    """Floating-point operations of one optimisation step."""
    diverged: bool


def data_sizes(experiment: Experiment, results: Path) -> dict[str, DatasetSize]:
    """Return the size of each data set, by name."""
    return {name: dataset_size(dataset, results / "data" / name) for name, dataset in experiment.datasets.items()}


def finished_runs(experiment: Experiment, results: Path, sizes: dict[str, DatasetSize]) -> Iterator[Finished]:
    """Yield an experiment's planned runs that have ended and whose files say how long they took."""
    for run in plan_runs(experiment).values():
        scores = try_json(results / run.path / "scores.json")
        manifest = try_json(results / run.path / "manifest.json")
        if not isinstance(scores, dict) or not isinstance(manifest, dict):
            continue
        epochs, seconds = scores.get("epochs"), manifest.get("seconds")
        if not isinstance(epochs, int | float) or not isinstance(seconds, int | float):
            continue
        on_gpu = _device(manifest).startswith("cuda")
        size = sizes[experiment.tasks[run.task].dataset]
        work = work_of(run, size)
        yield Finished(
            run=run,
            epochs=epochs,
            seconds=seconds,
            unit="GPU" if on_gpu else "core",
            units=1 if on_gpu else int(manifest.get("threads") or 1),
            work=work.of(epochs, run.starts_trained),
            step_work=work.epoch / steps(run, size, 1),
            diverged=scores.get("status") == "diverged",
        )


def finished_elsewhere(results: Path) -> Iterator[Finished]:
    """Yield the ended runs of other experiments next to a folder of results, as their own config.yaml plans them."""
    for path in sorted(results.parent.glob("*/config.yaml")):
        if path.parent.name != results.name:
            try:
                other = load_experiment(path)
            except UserError:  # It may be of another version.
                continue
            yield from finished_runs(other, path.parent, data_sizes(other, path.parent))


def _device(manifest: dict[str, Any]) -> str:
    """Return the device of a run's last attempt, such as `cuda:0`."""
    attempts = manifest.get("attempts")
    last = attempts[-1] if isinstance(attempts, list) and attempts else None
    return str(last.get("device", "")) if isinstance(last, dict) else ""
