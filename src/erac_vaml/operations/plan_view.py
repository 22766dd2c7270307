"""Format the output of `erac-vaml plan`: the time and disk space of an experiment, and its outdated runs."""

import re
from collections import Counter
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
    """Return the runs and hours of each task and of each stage, and below what is known of data, time and disk space.

    It fits a screen of 80 columns: 24 lines for three tasks.

    Args:
        experiment: the experiment.
        results: folder of its results.
        estimates: of all its runs.
        at_once: number of runs that train in parallel; None: as many as this machine has GPUs or cores for.
    """
    remarks = [
        (
            "data",
            f"{name}: {data.train.pairs:,} training pairs, {data.known_words:,} target words ({data.basis})",
        )
        for name, data in estimates.sizes.items()
    ]
    for name, files in pending_downloads(experiment, results).items():
        parts = ", ".join(f"{file.name} {size(file.size)}" for file in files)
        remarks.append(("download", f"{name}: {size(sum(file.size for file in files))} ({parts})"))
    remarks += _remarks(experiment, estimates.runs, at_once)
    disk = disk_needed(experiment, results, estimates, at_once)
    parts = ", ".join(f"{name} {size(count)}" for name, count in vars(disk).items() if count)
    remarks.append(("disk", f"{size(disk.total)} still needed ({parts})" if parts else "nothing more needed"))
    grid = Table.grid(padding=(0, 2))
    previous = None
    for name, text in remarks:
        grid.add_row("" if name == previous else name, Text(text))
        previous = name
    return Group(_totals(estimates), grid)


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


def _totals(estimates: Estimates) -> Table:
    """Return a row for each task, one for each stage, and one for all runs."""
    tasks, stages = (_grouped(estimates.runs, name) for name in ("task", "stage"))
    units = {one.speed.unit for one in estimates.runs}
    unit = units.pop() if len(units) == 1 else "GPU- or core"
    table = make_table("", ">runs", ">done", f">{unit}-h done", f">{unit}-h left", ">models")
    for name, members in (tasks | stages).items():
        table.add_row(name, *_numbers(members, estimates.sizes))
    table.add_row("all", *_numbers(estimates.runs, estimates.sizes), style="bold")
    return table


def _grouped(runs: Iterable[RunEstimate], name: str) -> dict[str, list[RunEstimate]]:
    """Return the runs of each task or of each stage."""
    groups: dict[str, list[RunEstimate]] = {}
    for one in runs:
        groups.setdefault(f"{name} {getattr(one.run, name)}", []).append(one)
    return groups


def _numbers(members: Sequence[RunEstimate], sizes: Mapping[str, DatasetSize]) -> list[str]:
    """Return the numbers of runs and of ended runs, their hours, the hours left, and the size of their models.

    `≤` stands before the hours left if they are based on the maximum number of epochs.
    """
    done = sum(one.ended for one in members)
    spent = sum(one.spent * one.speed.units for one in members)
    left = sum(one.left * one.speed.units for one in members)
    at_most = "≤ " if any(one.at_most for one in members) else ""
    models = sum(model_bytes(one.run, sizes[one.run.dataset]) for one in members)
    return [str(len(members)), str(done), hours(spent), f"{at_most}{hours(left)}", size(models)]


def _remarks(experiment: Experiment, runs: Sequence[RunEstimate], at_once: int | None) -> list[tuple[str, str]]:
    """Return the wall time with the number of parallel runs, and what the estimates are based on."""
    left = [one for one in runs if not one.ended]
    if not left:
        return [("time", "nothing is left to train")]
    parallel, basis = runs_in_parallel(experiment, left, at_once)
    at_most = any(one.at_most for one in left)
    wall = f"{'≤ ' if at_most else ''}{duration(wall_seconds(runs, parallel))}"
    lines = [("time", f"{wall}, {counted(parallel, 'run')} at a time, queueing excluded ({basis})")]
    if at_most:
        lines.append(("≤", "assumes the maximum number of epochs; most runs stop earlier"))
    for speed, count in Counter(one.speed.basis for one in left).items():
        lines.append(("speed", f"of {counted(count, 'run')}: {speed}"))
    sharing = experiment.execution.runs_per_gpu
    if sharing > 1 and any(one.speed.unit == "GPU" for one in left):
        lines.append(("GPU", f"shared by {sharing} runs (execution.runs_per_gpu), so it is counted {sharing} times"))
    return lines


def _without_names(one: Outdated) -> tuple[str, ...]:
    """Return the reasons of a run without the names of other runs, so that the seeds of an algorithm share them."""
    return tuple(re.sub(r"/(seed|critic)\d[-\w]*", "/…", reason) for reason in one.reasons)
