"""Format the status of an experiment: a line for each algorithm, and one for each run that runs or has stopped."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from erac_vaml.config import Experiment
from erac_vaml.operations.console import keep_showing, make_table
from erac_vaml.operations.status import STATES, RunStatus, State, is_settled
from erac_vaml.operations.wording import duration

_STYLES: dict[State, str] = {
    "finished": "green",
    "running": "cyan",
    "stopped": "yellow",
    "waiting": "dim",
    "diverged": "magenta",
    "failed": "red",
}
_MEASURES = {
    "test_bleu": "test BLEU",
    "valid_bleu": "BLEU",
    "reconstruction_bleu": "BLEU of reconstruction",
    "valid_td_error": "TD error",
}


def overview(experiment: Experiment, results: Path, statuses: list[RunStatus], *, bars: bool = False) -> RenderableType:
    """Return the output of `erac-vaml status`.

    Args:
        experiment: the experiment.
        results: folder of its results.
        statuses: the statuses of all its runs.
        bars: whether to show progress bars, for a screen that is redrawn.
    """
    running = [status for status in statuses if status.state == "running"]
    moving: list[RenderableType] = [_title("Running"), _running(running, bars)] if running else []
    for state, title in (("stopped", "Stopped, will continue"), ("failed", "Failed"), ("diverged", "Diverged")):
        chosen = [status for status in statuses if status.state == state]
        if chosen:
            moving += [_title(title), _ended(chosen)]
    headline, algorithms = _headline(experiment, results, statuses), _algorithms(statuses, bars)
    # A terminal shows the end of printed text, but the beginning of a screen that is redrawn.
    return Group(headline, *moving, Text(), algorithms) if bars else Group(headline, algorithms, *moving)


def watch(experiment: Experiment, results: Path, look: Callable[[], list[RunStatus]]) -> None:
    """Show the status that `look` returns, again and again, until nothing is left to do or Ctrl-C is pressed."""

    def show() -> tuple[RenderableType, bool]:
        statuses = look()
        return overview(experiment, results, statuses, bars=True), is_settled(statuses)

    keep_showing(show)


def _headline(experiment: Experiment, results: Path, statuses: list[RunStatus]) -> Text:
    """Return a line with the counts of all runs."""
    text = Text(f"{experiment.name}: {sum(status.done for status in statuses)} of {len(statuses)} runs done")
    for state in STATES[1:]:
        count = sum(status.state == state for status in statuses)
        if count:
            text.append(f", {count} {state}", _STYLES[state])
    return text.append(f"   ({results})", "dim")


def _title(text: str) -> Text:
    return Text(f"\n{text}", "bold")


def _algorithms(statuses: list[RunStatus], bars: bool) -> Table:
    """Return a row for each algorithm of each task."""
    groups: dict[tuple[str, str], list[RunStatus]] = {}
    for status in statuses:
        groups.setdefault((status.run.task, status.run.algorithm), []).append(status)
    states = [state for state in STATES[1:] if any(status.state == state for status in statuses)]
    table = make_table("", *([""] if bars else []), ">finished", *(f">{state}" for state in states), "score")
    for (task, algorithm), members in groups.items():
        counts = {state: sum(status.state == state for status in members) for state in STATES}
        cells = [Text(str(counts[state]) if counts[state] else "", _STYLES[state]) for state in states]
        bar = [ProgressBar(len(members), sum(status.share for status in members), width=24)] if bars else []
        done = Text(f"{counts['finished']}/{len(members)}", "green" if counts["finished"] == len(members) else "")
        table.add_row(f"{task}/{algorithm}", *bar, done, *cells, _scores(members))
    return table


def _scores(members: list[RunStatus]) -> str:
    """Return the mean and the range of the scores of the finished runs."""
    finished = [status for status in members if status.state == "finished" and status.score is not None]
    scores = [status.score for status in finished if status.score is not None]
    if not scores:
        return ""
    measure = finished[0].measure
    least, mean, most = (_number(value, measure) for value in (min(scores), sum(scores) / len(scores), max(scores)))
    return f"{_MEASURES[measure or '']} {mean}" + (f" ({least} to {most})" if len(scores) > 1 else "")


def _running(statuses: Iterable[RunStatus], bars: bool) -> Table:
    table = make_table("", *([""] if bars else []), "epoch", "step", "latest", "best", "left, at most", "attempts")
    for status in statuses:
        step = status.phase if status.phase != "training" else _of(status.batch, status.batches)
        name = f"{_MEASURES.get(status.measure or '', '')} " if status.latest is not None else ""
        row: list[Any] = [
            _name(status),
            *([ProgressBar(1.0, status.share, width=24)] if bars else []),
            _of(status.epoch, status.max_epochs),
            step or "starting",
            name + _number(status.latest, status.measure),
            _number(status.best, status.measure),
            "" if status.seconds_left is None else duration(status.seconds_left),
            _attempts(status),
        ]
        table.add_row(*row)
    return table


def _ended(statuses: Iterable[RunStatus]) -> Table:
    """Return a row for each run that was stopped, failed or diverged: why, where, and the log of a failed run."""
    table = make_table("", "reason", "where", "attempts", "")
    for status in statuses:
        where = [
            "" if status.epoch is None else f"epoch {_of(status.epoch, status.max_epochs)}",
            "" if status.step is None else f"step {status.step}",
        ]
        reason = Text(status.reason or "", _STYLES[status.state])
        table.add_row(
            _name(status),
            reason,
            ", ".join(filter(None, where)),
            _attempts(status),
            f"log: {status.log}" if status.log else "",
        )
    return table


def _attempts(status: RunStatus) -> str:
    """Return the number of attempts at a run, and how many of them were stopped or failed."""
    ends = ((status.budget_stops, "stopped"), (status.failures, "failed"))
    why = ", ".join(f"{count} {word}" for count, word in ends if count)
    return f"{status.attempts or ''}" + (f" ({why})" if why else "")


def _name(status: RunStatus) -> str:
    return f"{status.run.task}/{status.run.algorithm}/{status.run.name}"


def _of(value: int | None, total: int | None) -> str:
    return "" if value is None else f"{value}/{total}" if total else str(value)


def _number(value: float | None, measure: str | None) -> str:
    """Return a measure with its significant digits: two decimals for BLEU, four for TD errors."""
    return "" if value is None else f"{value:.4f}" if measure == "valid_td_error" else f"{value:.2f}"
