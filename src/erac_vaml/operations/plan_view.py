"""Format the output of `erac-vaml plan`: the time and disk space of an experiment, and its outdated runs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from erac_vaml.config import Experiment
from erac_vaml.operations.console import make_table
from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.disk import disk_needed, model_bytes
from erac_vaml.operations.downloads import pending_downloads
from erac_vaml.operations.estimate import Estimates, RunEstimate, wall_seconds
from erac_vaml.operations.outdated import Outdated
from erac_vaml.operations.parallel import runs_in_parallel
from erac_vaml.operations.wording import counted, duration, hours, size


def estimates_view(experiment: Experiment, results: Path, estimates: Estimates, at_once: int | None) -> RenderableType:
    """Return the time of each stage with the basis of each estimate, the sizes of the data sets, and the disk space.

    Args:
        experiment: the experiment.
        results: folder of its results.
        estimates: of all its runs.
        at_once: number of runs that train in parallel; None: as many as this machine has GPUs or cores for.
    """
    used = {task.dataset for task in experiment.tasks.values()}
    lines = [
        f"Data set {name}: {data.train.pairs:,} training pairs, {data.target_vocabulary:,} target words ({data.basis})"
        for name, data in estimates.sizes.items()
        if name in used
    ]
    for name, files in pending_downloads(experiment, results).items():
        parts = ", ".join(f"{file.name} {size(file.size)}" for file in files)
        lines.append(f"Data set {name}: {size(sum(file.size for file in files))} will be downloaded ({parts})")
    lines += _remarks(experiment, estimates.runs, at_once)
    disk = disk_needed(experiment, results, estimates, at_once)
    lines.append(
        f"Disk space still needed: {size(disk.total)} (models {size(disk.models)}, downloads {size(disk.downloads)}, "
        f"data and features {size(disk.data)}, checkpoints {size(disk.checkpoints)})"
    )
    return Group(_stages(estimates), Text(), *map(Text, lines))


def outdated_view(outdated: Iterable[Outdated]) -> RenderableType:
    """Return the finished runs that would be trained again, why, and how long they took. Equal reasons share a row."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Outdated]] = {}
    for one in outdated:
        groups.setdefault((one.run.task, one.run.algorithm, _without_names(one)), []).append(one)
    table = make_table("trained again", ">runs", ">took", "why")
    for (task, algorithm, common), members in groups.items():
        name, reasons = f"{task}/{algorithm}", common
        if len(members) == 1:
            name, reasons = f"{name}/{members[0].run.name}", members[0].reasons
        first, *more = reasons
        table.add_row(name, str(len(members)), duration(sum(one.seconds for one in members)), first)
        for reason in more:
            table.add_row("", "", "", reason)
    return table


def _stages(estimates: Estimates) -> Table:
    """Return a row for each stage of each task, and a row of sums."""
    groups: dict[tuple[str, str], list[RunEstimate]] = {}
    for one in estimates.runs:
        groups.setdefault((one.run.task, one.run.stage), []).append(one)
    units = {one.speed.unit for one in estimates.runs}
    unit = units.pop() if len(units) == 1 else "GPU- or core"
    table = make_table("stage", ">runs", ">done", ">left", f">{unit}-h done", f">{unit}-h left", ">models", "speed")
    for (task, stage), members in groups.items():
        bases = dict.fromkeys(one.speed.basis for one in members if not one.ended)
        table.add_row(f"{task}/{stage}", *_numbers(members, estimates.sizes), "; ".join(bases))
    table.add_row("all", *_numbers(estimates.runs, estimates.sizes), "", style="bold")
    return table


def _numbers(members: Sequence[RunEstimate], sizes: Mapping[str, DatasetSize]) -> list[str]:
    """Return the numbers of runs, of ended runs and of runs left, their hours, and the size of their models.

    `≤` stands before the hours left if they are based on the maximum number of epochs.
    """
    done = sum(one.ended for one in members)
    spent = sum(one.spent * one.speed.units for one in members)
    left = sum(one.left * one.speed.units for one in members)
    at_most = "≤ " if any(one.at_most for one in members) else ""
    models = sum(model_bytes(one.run, sizes[one.run.dataset]) for one in members)
    counts = [str(number) for number in (len(members), done, len(members) - done)]
    return [*counts, hours(spent), f"{at_most}{hours(left)}", size(models)]


def _remarks(experiment: Experiment, runs: Sequence[RunEstimate], at_once: int | None) -> list[str]:
    """Return the wall time with the number of parallel runs, and explanations of what the table shows."""
    left = [one for one in runs if not one.ended]
    if not left:
        return ["Nothing is left to train."]
    parallel, basis = runs_in_parallel(experiment, left, at_once)
    at_most = any(one.at_most for one in left)
    lines = [
        f"Estimated wall time with {counted(parallel, 'run')} at a time ({basis}): "
        f"{'≤ ' if at_most else ''}{duration(wall_seconds(runs, parallel))}, queueing excluded"
    ]
    if at_most:
        lines.append("≤: no run of the algorithm has finished yet, so max_epochs is taken; most runs stop earlier")
    if any(one.speed.assumed for one in left):
        lines.append("assumed: no run of comparable size has finished here; --assume-tflops changes the assumption")
    sharing = experiment.execution.runs_per_gpu
    if sharing > 1 and any(one.speed.unit == "GPU" for one in left):
        lines.append(f"A GPU that {sharing} runs share (execution.runs_per_gpu) is counted {sharing} times")
    return lines


def _without_names(one: Outdated) -> tuple[str, ...]:
    """Return the reasons of a run without the names of other runs, so that the seeds of an algorithm share them."""
    return tuple(re.sub(r"/(seed|critic)\d[-\w]*", "/…", reason) for reason in one.reasons)
