"""Show the learning curves of runs, whether they have ended or not: one line for each measure, epoch by epoch."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from erac_vaml.operations.console import make_table
from erac_vaml.operations.status import status_of
from erac_vaml.operations.wording import counted
from erac_vaml.plan import Run
from erac_vaml.runs.history import HISTORY_COLUMNS, Epoch, read_history, read_history_so_far
from erac_vaml.runs.scores import has_ended

_MEASURES = tuple(name for name in HISTORY_COLUMNS if name not in ("epoch", "step", "improved"))
_BLOCKS = "▁▂▃▄▅▆▇█"


def curves(runs: Iterable[Run], results: Path) -> tuple[RenderableType, bool]:
    """Return the curves of runs, and whether all of them have ended.

    Args:
        runs: the runs.
        results: folder of the experiment's results.

    Raises:
        UserError: the history of a run that has ended is missing, damaged or was changed.
    """
    moment = datetime.now(UTC)
    statuses = [status_of(run, results, moment) for run in runs]
    parts = [part for status in statuses for part in _curve(status.run, status.state, results)]
    return Group(*parts), all(status.done for status in statuses)


def line_of(values: Sequence[float | None]) -> str:
    """Return a block for each value, from the lowest to the highest; a blank if it is missing or not finite."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    lowest, highest = min(finite, default=0.0), max(finite, default=0.0)
    scale = (len(_BLOCKS) - 1) / (highest - lowest) if highest > lowest else 0.0
    return "".join(
        _BLOCKS[round((value - lowest) * scale)] if value is not None and math.isfinite(value) else " "
        for value in values
    )


def _curve(run: Run, state: str, results: Path) -> list[RenderableType]:
    """Return the heading of a run, and the table of its measures."""
    folder = results / run.path
    epochs = read_history(folder) if has_ended(folder) else read_history_so_far(results / run.state_path)
    trained = counted(sum(epoch.epoch > 0 for epoch in epochs), "epoch")
    heading = Text(f"{run.task}/{run.algorithm}/{run.name}: {state}, {trained}", "bold")
    return [heading, *([_table(epochs)] if epochs else []), Text()]


def _table(epochs: Sequence[Epoch]) -> RenderableType:
    """Return a row for each measure that the run has: its line, and its first, best and latest value."""
    best = max((epoch for epoch in epochs if epoch.improved), key=lambda epoch: epoch.epoch, default=epochs[0])
    table = make_table(
        "", f"epochs {epochs[0].epoch} to {epochs[-1].epoch}", ">first", f">epoch {best.epoch}", ">latest"
    )
    for name in _MEASURES:
        values = [getattr(epoch, name) for epoch in epochs]
        if any(value is not None for value in values):
            shown = ("" if value is None else f"{value:.4g}" for value in (values[0], getattr(best, name), values[-1]))
            table.add_row(name, line_of(values), *shown)
    return table
