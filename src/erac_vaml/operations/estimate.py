"""Estimate the time of runs: their operations divided by the speed of similar finished runs, or by an assumed speed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, median

from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.status import read_status
from erac_vaml.operations.timings import Finished, Unit, data_sizes, finished_elsewhere, finished_runs
from erac_vaml.operations.work.totals import run_work, step_work, steps
from erac_vaml.plan import Plan, Run

ASSUMED_TFLOPS = 10.0
"""10¹² operations a second. With the time of a step it bounds every step measured on an H200
(docs/findings/performance.md)."""
_ASSUMED_SECONDS_A_STEP = 0.01
"""Additional seconds of each step, however small the networks are. A measured speed includes them."""
_COMPARABLE = 5.0
"""Largest ratio between the operations of a step of two runs of comparable size. A device is slow at small networks, so
the speed of a run says nothing about runs of another size."""


@dataclass(frozen=True)
class Speed:
    """Speed of a run."""

    operations: float
    """Operations a second."""
    unit: Unit
    units: int
    """Number of GPUs or cores that the run uses."""
    basis: str
    """What the speed is based on, for the user."""
    seconds_a_step: float = 0.0
    """Additional seconds of each step."""

    def seconds(self, run: Run, data: DatasetSize, epochs: float) -> float:
        """Return the seconds of a run of `epochs`."""
        return run_work(run, data, epochs) / self.operations + steps(run, data, epochs) * self.seconds_a_step


class Speeds:
    """The speeds of runs: measured on finished runs of comparable size, best of the same stage, or assumed."""

    def __init__(self, own: Iterable[Finished], results: Path | None = None, tflops: float | None = None) -> None:
        """Collect the measurements.

        Args:
            own: finished runs of the experiment.
            results: folder of its results; experiments beside it are used too. None uses no other experiment.
            tflops: speed in TFLOP/s to assume if the experiment has no measurement; None uses other experiments, then
                the default.
        """
        self._own = [one for one in own if _usable(one)]
        self._others = [one for one in finished_elsewhere(results) if _usable(one)] if results and not tflops else []
        self._tflops = tflops or ASSUMED_TFLOPS
        self._known: dict[tuple[str, float], Speed] = {}

    def of(self, run: Run, data: DatasetSize) -> Speed:
        """Return the speed of a run."""
        size = step_work(run, data)
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
        """Return other experiments' runs of a stage, if possible only those on this experiment's kind of device."""
        units = {one.unit for one in self._own}
        return [one for one in others if one.run.stage == run.stage and (not units or one.unit in units)]

    def _assumed(self) -> Speed:
        basis = f"assumed, {self._tflops:g} TFLOP/s and {1000 * _ASSUMED_SECONDS_A_STEP:g} ms a step (--assume-tflops),"
        basis += " until the first run has finished"
        return Speed(self._tflops * 1e12, "GPU", 1, basis, _ASSUMED_SECONDS_A_STEP)


@dataclass(frozen=True)
class RunEstimate:
    """The past and future time of a run."""

    run: Run
    ended: bool
    spent: float
    """Seconds that the run took; 0 if it has not ended."""
    left: float
    """Seconds that it will still take; 0 if it has ended."""
    at_most: bool
    """Whether `left` assumes the maximum number of epochs, because no run has measured it."""
    speed: Speed


@dataclass(frozen=True)
class Estimates:
    """The estimates of an experiment."""

    runs: list[RunEstimate]
    sizes: dict[str, DatasetSize]
    """Size of each data set by its name."""


def estimate(plan: Plan, results: Path, tflops: float | None = None) -> Estimates:
    """Return the past and future time of every planned run.

    Args:
        plan: the plan of the experiment.
        results: folder of its results; other experiments may lie beside it.
        tflops: speed in TFLOP/s to assume if this experiment has no measurement.
    """
    sizes = data_sizes(plan.experiment, results)
    own = list(finished_runs(plan, results, sizes))
    ended = {str(finished.run.path): finished for finished in own}
    speeds, epochs = Speeds(own, results, tflops), _measured_epochs(own)
    runs = []
    for status in read_status(plan, results):
        run, size = status.run, sizes[status.run.dataset]
        speed, finished, measured = speeds.of(run, size), ended.get(str(run.path)), epochs.get(_kind(run))
        if status.done:
            if finished:
                speed = replace(speed, unit=finished.unit, units=finished.units)
            spent = finished.seconds if finished else 0.0
            runs.append(RunEstimate(run, ended=True, spent=spent, left=0.0, at_most=False, speed=speed))
        else:
            whole = speed.seconds(run, size, run.stage_settings.max_epochs if measured is None else measured)
            left = whole * (1.0 - status.share)
            runs.append(RunEstimate(run, ended=False, spent=0.0, left=left, at_most=measured is None, speed=speed))
    return Estimates(runs, sizes)


def wall_seconds(runs: Iterable[RunEstimate], at_once: int) -> float:
    """Return the minimum seconds with `at_once` runs in parallel: the mean load, or the longest chain of runs."""
    ready: dict[str, float] = {}
    total = 0.0
    for estimated in runs:
        start = max((ready.get(str(parent.path), 0.0) for parent in estimated.run.parents.values()), default=0.0)
        ready[str(estimated.run.path)] = start + estimated.left
        total += estimated.left
    return max(total / at_once, max(ready.values(), default=0.0))


def _measured_epochs(own: list[Finished]) -> dict[tuple[str, str], float]:
    """Return the mean number of epochs of the finished runs by kind. Diverged runs do not count."""
    epochs: dict[tuple[str, str], list[float]] = {}
    for one in own:
        if not one.diverged:
            epochs.setdefault(_kind(one.run), []).append(one.epochs)
    return {kind: mean(values) for kind, values in epochs.items()}


def _kind(run: Run) -> tuple[str, str]:
    """Return the task and the algorithm of a run, without the settings that differ from the algorithm's own."""
    return run.task, run.algorithm.partition("@")[0]


def _usable(finished: Finished) -> bool:
    """Return whether a run gives a speed."""
    return finished.seconds > 0 and finished.work > 0 and not finished.diverged


def _comparable(finished: list[Finished], size: float) -> list[Finished]:
    """Return the finished runs with about as many operations a step as `size`."""
    return [one for one in finished if size / _COMPARABLE <= one.step_work <= size * _COMPARABLE]


def _measured(finished: Iterable[Finished], where: str) -> Speed | None:
    """Return the median speed on the device that most of the runs used; None if there are no runs."""
    alike = list(finished)
    if not alike:
        return None
    kind = Counter((one.unit, one.units) for one in alike).most_common(1)[0][0]
    chosen = [one for one in alike if (one.unit, one.units) == kind]
    operations = median(one.work / one.seconds for one in chosen)
    return Speed(operations, *kind, f"measured on finished runs {where}")
