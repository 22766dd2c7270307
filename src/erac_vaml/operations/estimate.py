"""Estimates how long runs take: their operations divided by the measured speed of similar runs, or an assumed speed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from erac_vaml.config import Experiment
from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.finished import Finished, Unit, data_sizes, finished_elsewhere, finished_runs
from erac_vaml.operations.status import RunStatus, read_status
from erac_vaml.operations.wording import counted
from erac_vaml.operations.work.run import max_epochs, run_work, steps, work_of
from erac_vaml.plan import Run

ASSUMED_TFLOPS = 1.0
"""10¹² operations a second: a modest figure for one modern GPU on such small recurrent networks. Not measured."""
_ASSUMED_SECONDS_A_STEP = 0.01
"""Seconds that a step takes in addition, however small the networks are; a measured speed includes them."""
_COMPARABLE = 5.0
"""Two runs are of comparable size if the operations of their steps differ by at most this factor. Small networks run at
a small fraction of a device's speed, so that speeds say nothing about runs of another size."""


@dataclass(frozen=True)
class Speed:
    """Speed of one run."""

    operations: float
    """Operations a second."""
    unit: Unit
    units: int
    """GPUs or cores that a run uses."""
    basis: str
    """What the speed is based on, in words."""
    seconds_a_step: float = 0.0
    """Seconds of a step in addition to the operations."""
    assumed: bool = False

    def seconds(self, run: Run, data: DatasetSize, epochs: float) -> float:
        """Return how long a run of `epochs` takes."""
        return run_work(run, data, epochs) / self.operations + steps(run, data, epochs) * self.seconds_a_step


class Speeds:
    """The speed of a run: measured on finished runs of comparable size, best of the same stage, or assumed."""

    def __init__(self, own: Iterable[Finished], results: Path | None = None, tflops: float | None = None) -> None:
        """Take the measurements.

        Args:
            own: finished runs of the experiment.
            results: folder of its results, next to which other experiments may lie; None: use no others.
            tflops: 10¹² operations a second to assume where the experiment itself has no measurement; None: use other
                experiments, then the default.
        """
        self._own = [one for one in own if _usable(one)]
        self._others = [one for one in finished_elsewhere(results) if _usable(one)] if results and not tflops else []
        self._tflops = tflops or ASSUMED_TFLOPS
        self._known: dict[tuple[str, float], Speed] = {}

    def of(self, run: Run, data: DatasetSize) -> Speed:
        """Return the speed of a run."""
        size = work_of(run, data).epoch / steps(run, data, 1)
        if (run.stage, size) not in self._known:
            own, others = (_comparable(finished, size) for finished in (self._own, self._others))
            self._known[run.stage, size] = (
                _measured((one for one in own if one.run.stage == run.stage), "of this experiment")
                or _measured(self._on_own_device(others, run), "of other experiments")
                or _measured(own, "of other stages")
                or self._assumed()
            )
        return self._known[run.stage, size]

    def _on_own_device(self, others: list[Finished], run: Run) -> list[Finished]:
        """Return other experiments' runs of a stage on the kind of device that this experiment uses, if it has one."""
        units = {one.unit for one in self._own}
        return [one for one in others if one.run.stage == run.stage and (not units or one.unit in units)]

    def _assumed(self) -> Speed:
        basis = f"assumed: {self._tflops:g} TFLOP/s on a GPU, and {1000 * _ASSUMED_SECONDS_A_STEP:g} ms a step"
        return Speed(self._tflops * 1e12, "GPU", 1, basis, _ASSUMED_SECONDS_A_STEP, assumed=True)


@dataclass(frozen=True)
class RunEstimate:
    """The time that one run has taken and will take."""

    run: Run
    ended: bool
    spent: float
    """Seconds of a run that has ended."""
    left: float
    """Seconds that it will still take; 0 for one that has ended."""
    at_most: bool
    """The number of epochs is the maximum, because none was measured."""
    speed: Speed


@dataclass(frozen=True)
class Estimates:
    """The estimates of an experiment."""

    runs: list[RunEstimate]
    sizes: dict[str, DatasetSize]


def estimate(experiment: Experiment, results: Path, tflops: float | None = None) -> Estimates:
    """Return the time that every planned run has taken and will take.

    Args:
        experiment: the experiment.
        results: folder of its results; other experiments may lie next to it.
        tflops: 10¹² operations a second to assume where this experiment has no measurement.
    """
    sizes = data_sizes(experiment, results)
    own = list(finished_runs(experiment, results, sizes))
    there = {str(finished.run.path): finished for finished in own}
    speeds, epochs = Speeds(own, results, tflops), _measured_epochs(own)
    runs = []
    for status in read_status(experiment, results):
        size = sizes[experiment.tasks[status.run.task].dataset]
        finished = there.get(str(status.run.path))
        runs.append(_of_run(status, finished, epochs.get(_kind(status.run)), size, speeds.of(status.run, size)))
    return Estimates(runs, sizes)


def wall_seconds(runs: Iterable[RunEstimate], at_once: int) -> float:
    """Return the minimum time in seconds with `at_once` runs in parallel: the mean load, or the longest chain."""
    ready: dict[str, float] = {}
    total = 0.0
    for estimated in runs:
        start = max((ready.get(str(parent.path), 0.0) for parent in estimated.run.parents.values()), default=0.0)
        ready[str(estimated.run.path)] = start + estimated.left
        total += estimated.left
    return max(total / at_once, max(ready.values(), default=0.0))


def _of_run(
    status: RunStatus, finished: Finished | None, epochs: float | None, size: DatasetSize, speed: Speed
) -> RunEstimate:
    run = status.run
    if status.done:
        return RunEstimate(run, True, finished.seconds if finished else 0.0, 0.0, False, _used(finished, speed))
    whole = speed.seconds(run, size, max_epochs(run) if epochs is None else epochs)
    return RunEstimate(run, False, 0.0, whole * (1.0 - status.share), epochs is None, speed)


def _used(finished: Finished | None, speed: Speed) -> Speed:
    """Return the speed of a run that has ended, with the device that it used."""
    return Speed(speed.operations, finished.unit, finished.units, speed.basis) if finished else speed


def _measured_epochs(own: list[Finished]) -> dict[tuple[str, str], float]:
    """Return the mean number of epochs of the finished runs, by kind; a diverged run does not count."""
    epochs: dict[tuple[str, str], list[float]] = {}
    for one in own:
        if not one.diverged:
            epochs.setdefault(_kind(one.run), []).append(one.epochs)
    return {kind: mean(values) for kind, values in epochs.items()}


def _kind(run: Run) -> tuple[str, str]:
    """Return a run's task and algorithm, without the settings in which it departs from the algorithm's own."""
    return run.task, run.algorithm.partition("@")[0]


def _usable(finished: Finished) -> bool:
    """Return whether a run gives a speed."""
    return finished.seconds > 0 and finished.work > 0 and not finished.diverged


def _comparable(finished: list[Finished], size: float) -> list[Finished]:
    """Return the finished runs whose steps have about as many operations as the given size."""
    return [one for one in finished if size / _COMPARABLE <= one.step_work <= size * _COMPARABLE]


def _measured(finished: Iterable[Finished], where: str) -> Speed | None:
    """Return the median speed on the device that most of the runs had; None without runs."""
    alike = list(finished)
    if not alike:
        return None
    kind = Counter((one.unit, one.units) for one in alike).most_common(1)[0][0]
    chosen = [one for one in alike if (one.unit, one.units) == kind]
    operations = median(one.work / one.seconds for one in chosen)
    return Speed(operations, *kind, f"measured: {counted(len(chosen), 'finished run')} {where}")
