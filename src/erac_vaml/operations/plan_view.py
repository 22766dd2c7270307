"""The output of `erac-vaml plan`: time and disk space of an experiment, and the runs that would be trained again."""

import re
from collections.abc import Iterable
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from erac_vaml.config import Experiment
from erac_vaml.operations.disk import DiskUse, disk_use, model_bytes
from erac_vaml.operations.estimate import Estimates, RunEstimate, wall_seconds
from erac_vaml.operations.outdated import Outdated
from erac_vaml.operations.parallel import runs_in_parallel
from erac_vaml.operations.wording import counted, duration, hours, size


def estimates_view(experiment: Experiment, results: Path, estimates: Estimates, at_once: int | None) -> RenderableType:
    """Return time by stage with the basis of each estimate, the sizes of the data sets, and disk space.

    Args:
        experiment: the experiment.
        results: folder of its results.
        estimates: of all its runs.
        at_once: number of runs that train in parallel; None: as many as this machine has GPUs or cores for.
    """
    use = disk_needed(experiment, results, estimates, at_once)
    lines = [*_data(experiment, estimates), *_remarks(experiment, estimates, at_once), _disk(use)]
    return Group(_stages(experiment, estimates), Text(), *map(Text, lines))


def outdated_view(outdated: Iterable[Outdated]) -> RenderableType:
    """Return which finished runs would be trained again, why, and how long they took; equal reasons share a row."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Outdated]] = {}
    for one in outdated:
        groups.setdefault((one.run.task, one.run.algorithm, _without_names(one)), []).append(one)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("trained again", "runs", "took", "why"):
        table.add_column(heading, justify="right" if heading in ("runs", "took") else "left")
    for (task, algorithm, common), members in groups.items():
        taken = duration(sum(one.seconds for one in members))
        reasons = members[0].reasons if len(members) == 1 else common
        for number, reason in enumerate(reasons):
            first = number == 0
            name = f"{task}/{algorithm}" + (f"/{members[0].run.name}" if len(members) == 1 else "")
            table.add_row(name if first else "", str(len(members)) if first else "", taken if first else "", reason)
    return table


def disk_needed(experiment: Experiment, results: Path, estimates: Estimates, at_once: int | None) -> DiskUse:
    """Return the disk space that is still needed; the arguments are those of `estimates_view`."""
    left = [one for one in estimates.runs if not one.ended]
    unprepared = [
        size for name, size in estimates.sizes.items() if not (results / "data" / name / "statistics.json").exists()
    ]
    return disk_use(
        [(one.run, estimates.sizes[experiment.tasks[one.run.task].dataset]) for one in left],
        unprepared,
        runs_in_parallel(experiment, left, at_once).runs,
    )


def _data(experiment: Experiment, estimates: Estimates) -> list[str]:
    """Return the size of each data set that a task uses, with the basis of the numbers."""
    used = {task.dataset for task in experiment.tasks.values()}
    return [
        f"Data set {name}: {size.train.pairs:,} training pairs, {size.target_vocabulary:,} target words ({size.basis})"
        for name, size in estimates.sizes.items()
        if name in used
    ]


def _stages(experiment: Experiment, estimates: Estimates) -> Table:
    """Return a row for each stage of each task, and a row of sums."""
    groups: dict[tuple[str, str], list[RunEstimate]] = {}
    for one in estimates.runs:
        groups.setdefault((one.run.task, one.run.stage), []).append(one)
    unit = _unit(estimates.runs)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("stage", "runs", "done", "left", f"{unit}-h done", f"{unit}-h left", "models", "speed"):
        table.add_column(heading, justify="left" if heading in ("stage", "speed") else "right")
    for (task, stage), members in groups.items():
        models = sum(model_bytes(one.run, estimates.sizes[experiment.tasks[task].dataset]) for one in members)
        table.add_row(f"{task}/{stage}", *_counts(members), size(models), _bases(members))
    total = sum(model_bytes(one.run, estimates.sizes[experiment.tasks[one.run.task].dataset]) for one in estimates.runs)
    table.add_row("all", *_counts(estimates.runs), size(total), "", style="bold")
    return table


def _counts(members: list[RunEstimate]) -> list[str]:
    """Return runs, done and left, and their hours; `≤` if they are based on the maximum number of epochs."""
    done = sum(one.ended for one in members)
    spent = sum(one.spent * one.speed.units for one in members)
    left = sum(one.left * one.speed.units for one in members)
    at_most = "≤ " if any(one.at_most for one in members) else ""
    return [str(len(members)), str(done), str(len(members) - done), hours(spent), f"{at_most}{hours(left)}"]


def _bases(members: list[RunEstimate]) -> str:
    """Return what the speeds of the runs that are left are based on."""
    return "; ".join(dict.fromkeys(one.speed.basis for one in members if not one.ended))


def _unit(runs: Iterable[RunEstimate]) -> str:
    """Return the unit of the hours."""
    units = {one.speed.unit for one in runs}
    return units.pop() if len(units) == 1 else "GPU- or core"


def _remarks(experiment: Experiment, estimates: Estimates, at_once: int | None) -> list[str]:
    """Return the wall time with the number of parallel runs, and what else the reader must know."""
    left = [one for one in estimates.runs if not one.ended]
    if not left:
        return ["Nothing is left to train."]
    parallel = runs_in_parallel(experiment, left, at_once)
    at_most = any(one.at_most for one in left)
    lines = [
        f"Estimated wall time with {counted(parallel.runs, 'run')} at a time ({parallel.basis}): "
        f"{'≤ ' if at_most else ''}{duration(wall_seconds(estimates.runs, parallel.runs))}, queueing excluded"
    ]
    if at_most:
        lines.append("≤: no run of the algorithm has finished yet, so max_epochs is taken; most runs stop earlier")
    if any(one.speed.assumed for one in left):
        lines.append("assumed: no run of comparable size has finished here; --assume-tflops changes the assumption")
    sharing = experiment.execution.runs_per_gpu
    if sharing > 1 and any(one.speed.unit == "GPU" for one in left):
        lines.append(f"A GPU that {sharing} runs share (execution.runs_per_gpu) is counted {sharing} times")
    return lines


def _disk(use: DiskUse) -> str:
    """Return the disk space that is still needed, in words."""
    return (
        f"Disk space still needed: {size(use.total)} (models {size(use.models)}, data and features {size(use.data)}, "
        f"checkpoints {size(use.checkpoints)})"
    )


def _without_names(one: Outdated) -> tuple[str, ...]:
    """Return a run's reasons without the names of other runs, so that the seeds of an algorithm share them."""
    return tuple(re.sub(r"/(seed|critic)\d[-\w]*", "/…", reason) for reason in one.reasons)
