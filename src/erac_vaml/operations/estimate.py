"""How long runs will take: their work over the speed of runs like them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import get_args

from erac_vaml.config import Experiment
from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.finished import Finished, Unit, data_sizes, finished_elsewhere, finished_runs
from erac_vaml.operations.status import RunStatus, read_status
from erac_vaml.operations.work import max_epochs, run_work, steps
from erac_vaml.plan import Run, StageName

ASSUMED_TFLOPS = 1.0
"""10¹² operations a second that one modern GPU gives to such small recurrent networks, far below what it can do."""
_ASSUMED_SECONDS_A_STEP = 0.01
"""What a step takes however small the networks are. A measured speed has it in it."""


@dataclass(frozen=True)
class Speed:
    """Of one stage's runs."""

    operations: float
    """A second, of one run."""
    unit: Unit
    units: int
    """GPUs or cores that a run has."""
    basis: str
    """What it rests on, in words."""
    seconds_a_step: float = 0.0
    """On top of the operations."""

    def seconds(self, run: Run, data: DatasetSize, epochs: float) -> float:
        """Return how long a run of so many epochs takes."""
        return run_work(run, data, epochs) / self.operations + steps(run, data, epochs) * self.seconds_a_step


@dataclass(frozen=True)
class RunEstimate:
    """What one run has taken or will take."""

    run: Run
    ended: bool
    spent: float
    """Seconds of a run that has ended."""
    left: float
    """Seconds that it will still take; 0 for one that has ended."""
    at_most: bool
    """Its number of epochs was not measured, but is the most that it may have."""
    speed: Speed


@dataclass(frozen=True)
class Estimates:
    """Of a whole experiment."""

    runs: list[RunEstimate]
    sizes: dict[str, DatasetSize]


def estimate(experiment: Experiment, results: Path, tflops: float | None = None) -> Estimates:
    """Return what every planned run has taken, or will take.

    Args:
        experiment: the experiment.
        results: folder of its results; other experiments' may lie beside it.
        tflops: 10¹² operations a second to be assumed where nothing was measured; where it is given it goes before
            other experiments' speeds.
    """
    sizes = data_sizes(experiment, results)
    own = list(finished_runs(experiment, results, sizes))
    there = {str(finished.run.path): finished for finished in own}
    speeds = stage_speeds(own, results if tflops is None else None, tflops or ASSUMED_TFLOPS)
    runs = []
    for status in read_status(experiment, results):
        size = sizes[experiment.tasks[status.run.task].dataset]
        runs.append(_of_run(status, there.get(str(status.run.path)), own, size, speeds[status.run.stage]))
    return Estimates(runs, sizes)


def wall_seconds(runs: Iterable[RunEstimate], at_once: int) -> float:
    """Return the least seconds until all runs have ended, so many at once: by their sum, or by the longest chain."""
    ready: dict[str, float] = {}
    total = 0.0
    for estimated in runs:
        start = max((ready.get(str(parent.path), 0.0) for parent in estimated.run.parents.values()), default=0.0)
        ready[str(estimated.run.path)] = start + estimated.left
        total += estimated.left
    return max(total / at_once, max(ready.values(), default=0.0))


def _of_run(
    status: RunStatus, ended: Finished | None, own: list[Finished], size: DatasetSize, speed: Speed
) -> RunEstimate:
    run = status.run
    if status.done:
        return RunEstimate(run, True, ended.seconds if ended else 0.0, 0.0, False, speed)
    epochs = _measured_epochs(run, own)
    whole = speed.seconds(run, size, max_epochs(run) if epochs is None else epochs)
    return RunEstimate(run, False, 0.0, whole * (1.0 - status.share), epochs is None, speed)


def _measured_epochs(run: Run, own: list[Finished]) -> float | None:
    """Return the mean number of epochs of the finished runs of the same algorithm on the same task, or None."""
    alike = [
        finished.epochs
        for finished in own
        if (finished.run.task, finished.run.stage, _algorithm(finished.run)) == (run.task, run.stage, _algorithm(run))
        and not finished.diverged
    ]
    return mean(alike) if alike else None


def _algorithm(run: Run) -> str:
    """Return the name of a run's algorithm without the settings in which it departs from it."""
    return run.algorithm.partition("@")[0]


def stage_speeds(own: list[Finished], results: Path | None, tflops: float = ASSUMED_TFLOPS) -> dict[StageName, Speed]:
    """Return the speed of each stage: measured here, measured in other experiments, or assumed.

    Args:
        own: the experiment's finished runs.
        results: folder of its results, beside which others are looked for; None: nowhere.
        tflops: 10¹² operations a second to be assumed.
    """
    here = {stage: _measured(own, stage, "of this experiment") for stage in get_args(StageName)}
    others = list(finished_elsewhere(results)) if results is not None and None in here.values() else []
    basis = f"assumed: {tflops:g} TFLOP/s (--assume-tflops), {1000 * _ASSUMED_SECONDS_A_STEP:g} ms a step"
    assumption = Speed(tflops * 1e12, "GPU", 1, basis, _ASSUMED_SECONDS_A_STEP)
    return {
        stage: speed or _measured(others, stage, "of other experiments here") or assumption
        for stage, speed in here.items()
    }


def _measured(finished: list[Finished], stage: StageName, where: str) -> Speed | None:
    """Return the median speed of the runs of a stage on the kind of device that most of them had; None without any."""
    alike = [
        one for one in finished if one.run.stage == stage and one.seconds > 0 and one.work > 0 and not one.diverged
    ]
    if not alike:
        return None
    kind = Counter((one.unit, one.units) for one in alike).most_common(1)[0][0]
    chosen = [one for one in alike if (one.unit, one.units) == kind]
    runs = f"{len(chosen)} finished run{'s' if len(chosen) > 1 else ''}"
    return Speed(median(one.work / one.seconds for one in chosen), *kind, f"{runs} {where}")
