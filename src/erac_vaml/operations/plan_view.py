"""What an experiment has taken and will take, and what would be trained again: the text of `erac-vaml plan`."""

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
from erac_vaml.operations.wording import duration, hours, size


def estimates_view(experiment: Experiment, results: Path, estimates: Estimates, at_once: int) -> RenderableType:
    """Return time by stage, what it rests on, and room on the disk.

    Args:
        experiment: the experiment.
        results: folder of its results.
        estimates: of all its runs.
        at_once: how many runs are taken to train at once.
    """
    lines = [f"Data: {estimated_sizes(experiment, estimates)}", *_remarks(experiment, estimates, at_once)]
    return Group(
        _stages(experiment, estimates),
        Text(),
        *map(Text, lines),
        Text(_disk(room(experiment, results, estimates, at_once), at_once)),
    )


def outdated_view(outdated: Iterable[Outdated]) -> RenderableType:
    """Return which finished runs would be trained again, why, and what they took; runs of like reasons in one row."""
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


def room(experiment: Experiment, results: Path, estimates: Estimates, at_once: int) -> DiskUse:
    """Return the room on the disk that is still to be taken."""
    left = [
        (one.run, estimates.sizes[experiment.tasks[one.run.task].dataset]) for one in estimates.runs if not one.ended
    ]
    unprepared = [
        size for name, size in estimates.sizes.items() if not (results / "data" / name / "statistics.json").exists()
    ]
    return disk_use(left, unprepared, at_once)


def estimated_sizes(experiment: Experiment, estimates: Estimates) -> str:
    """Return what the sizes of the data sets rest on."""
    return "; ".join(
        f"{name} has {size.train.pairs:,} training pairs, {size.target_vocabulary:,} target words ({size.basis})"
        for name, size in estimates.sizes.items()
        if any(task.dataset == name for task in experiment.tasks.values())
    )


def _stages(experiment: Experiment, estimates: Estimates) -> Table:
    """Return a row for each stage of each task, and their sum."""
    groups: dict[tuple[str, str], list[RunEstimate]] = {}
    for one in estimates.runs:
        groups.setdefault((one.run.task, one.run.stage), []).append(one)
    unit = _unit(estimates.runs)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("stage", "runs", "done", "left", f"{unit}-h done", f"{unit}-h left", "models", "time rests on"):
        table.add_column(heading, justify="left" if heading in ("stage", "time rests on") else "right")
    for (task, stage), members in groups.items():
        models = sum(model_bytes(one.run, estimates.sizes[experiment.tasks[task].dataset]) for one in members)
        table.add_row(f"{task}/{stage}", *_counts(members), size(models), members[0].speed.basis)
    total = sum(model_bytes(one.run, estimates.sizes[experiment.tasks[one.run.task].dataset]) for one in estimates.runs)
    table.add_row("all", *_counts(estimates.runs), size(total), "", style="bold")
    return table


def _counts(members: list[RunEstimate]) -> list[str]:
    """Return runs, done and left, and their hours; `≤` where their epochs are the most that they may have."""
    done = sum(one.ended for one in members)
    spent = sum(one.spent * one.speed.units for one in members)
    left = sum(one.left * one.speed.units for one in members)
    at_most = "≤ " if any(one.at_most for one in members) else ""
    return [str(len(members)), str(done), str(len(members) - done), hours(spent), f"{at_most}{hours(left)}"]


def _unit(runs: Iterable[RunEstimate]) -> str:
    """Return the unit of the hours."""
    units = {one.speed.unit for one in runs}
    return units.pop() if len(units) == 1 else "GPU- or core"


def _remarks(experiment: Experiment, estimates: Estimates, at_once: int) -> list[str]:
    left = [one for one in estimates.runs if not one.ended]
    if not left:
        return ["Nothing is left to train."]
    at_most = any(one.at_most for one in left)
    lines = [
        f"With {at_once} runs at once (--at-once): {'≤ ' if at_most else ''}"
        f"{duration(wall_seconds(estimates.runs, at_once))} until the last run has ended, none waiting for a machine"
    ]
    if at_most:
        lines.append(
            "≤: no run of the algorithm has ended, so that it counts with max_epochs; the schedule ends most earlier"
        )
    sharing = experiment.execution.runs_per_gpu
    if sharing > 1 and any(one.speed.unit == "GPU" for one in left):
        lines.append(f"A GPU that {sharing} runs share (execution.runs_per_gpu) is counted {sharing} times")
    return lines


def _disk(use: DiskUse, at_once: int) -> str:
    """Return the room that is still to be taken, in words."""
    return (
        f"Disk still needed: {size(use.total)}, of which models {size(use.models)}, data and features "
        f"{size(use.data)}, checkpoints {size(use.checkpoints)} (of {at_once} runs at once: two each, and the next)"
    )


def _without_names(one: Outdated) -> tuple[str, ...]:
    """Return a run's reasons without the names of single runs: what the seeds of an algorithm have in common."""
    return tuple(re.sub(r"/(seed|critic)\d[-\w]*", "/…", reason) for reason in one.reasons)
