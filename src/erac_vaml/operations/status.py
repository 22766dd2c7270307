"""Read the state of every run of an experiment from the small files that runs write (results/README.md)."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.plan import Plan, Run
from erac_vaml.runs.attempts import Attempt, read_attempts
from erac_vaml.runs.kept import is_kept
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.progress import Phase, Progress, read_progress
from erac_vaml.runs.scores import has_ended, read_scores

State = Literal["finished", "running", "stopped", "waiting", "diverged", "failed"]
STATES: tuple[State, ...] = get_args(State)

_STALE_SECONDS = 120.0
"""Seconds of silence after which a training run counts as killed. It records its progress every ten seconds; clocks and
network file systems may lag."""
_STALE_SECONDS_OF_DECODING = 1800.0
"""The same for a run that decodes a validation or test set. It records nothing meanwhile."""
_SCORES_OF_INTEREST = ("test_bleu", "reconstruction_bleu", "valid_td_error")


@dataclass(frozen=True)
class RunStatus:
    """The state of one run. A field that does not apply to the state is None or empty."""

    run: Run
    state: State
    waits_for: tuple[str, ...] = ()
    """If it waits: the paths of the missing runs that it starts from."""
    reason: str | None = None
    """Why it was stopped, diverged or failed."""
    phase: Phase | None = None
    epoch: int | None = None
    """Current epoch, or the epoch in which the run ended."""
    max_epochs: int | None = None
    batch: int | None = None
    """Number of steps done in this epoch."""
    batches: int | None = None
    """Number of steps of an epoch."""
    step: int | None = None
    """Number of steps done in all epochs."""
    measure: str | None = None
    """Name of `latest` and `best`, or of the `score` of a run that has ended."""
    latest: float | None = None
    best: float | None = None
    score: float | None = None
    """Of an actor that has ended: test BLEU; of another run that has ended: its validation measure."""
    seconds_left: float | None = None
    """Upper bound: the schedule may end the run earlier."""
    attempts: int = 0
    budget_stops: int = 0
    """Number of attempts that a time limit or a signal ended. The run is not at fault."""
    failures: int = 0
    """Number of attempts that failed or were killed."""
    log: str | None = None
    """Path of a failed run's log."""

    @property
    def done(self) -> bool:
        """Whether the run has ended with a result."""
        return self.state in ("finished", "diverged")

    @property
    def share(self) -> float:
        """Share of the maximum number of steps that is done."""
        if self.done:
            return 1.0
        total = (self.batches or 0) * (self.max_epochs or 0)
        return min(1.0, (self.step or 0) / total) if total else 0.0


def read_status(plan: Plan, results: Path, moment: datetime | None = None) -> list[RunStatus]:
    """Return the status of every planned run, in the order of the plan.

    Args:
        plan: the plan of the experiment.
        results: folder of its results. It may be missing.
        moment: the current time; None reads the clock.
    """
    moment = moment or datetime.now(UTC)
    return [status_of(run, results, moment) for run in plan.runs.values()]


def is_settled(statuses: list[RunStatus]) -> bool:
    """Return whether nothing more will happen: every run has ended, has failed, or waits for one that failed."""
    stuck = {str(status.run.path) for status in statuses if status.state == "failed"}
    for status in statuses:
        if status.state == "waiting" and stuck.intersection(status.waits_for):
            stuck.add(str(status.run.path))
    return all(status.done or str(status.run.path) in stuck for status in statuses)


def as_json(experiment: Experiment, results: Path, statuses: list[RunStatus], moment: datetime) -> dict[str, Any]:
    """Return what `erac-vaml status --json` prints. docs/how-to/follow-and-resume.md lists the keys."""
    return {
        "experiment": experiment.name,
        "results": str(results),
        "time": moment.isoformat(timespec="seconds"),
        "runs_by_state": {state: sum(status.state == state for status in statuses) for state in STATES},
        "runs": [
            {
                "run": str(status.run.path),
                "task": status.run.task,
                "algorithm": status.run.algorithm,
                "name": status.run.name,
                "stage": status.run.stage,
                **{name: value for name, value in vars(status).items() if name != "run"},
            }
            for status in statuses
        ],
    }


def status_of(run: Run, results: Path, moment: datetime) -> RunStatus:
    """Return the status of a run."""
    if has_ended(results / run.path):
        return _ended(run, results)
    folder = results / run.state_path
    attempts = read_attempts(folder)
    if not attempts and is_kept(folder):
        reason = "finished; its files were lost with a job that it shared, and will be put back"
        return RunStatus(run, "stopped", reason=reason)
    if not attempts:
        missing = [parent.path for parent in run.parents.values() if not has_ended(results / parent.path)]
        return RunStatus(run, "waiting", waits_for=tuple(map(str, missing)))
    progress, last = read_progress(folder), attempts[-1]
    running = last.end is None and _is_alive(last, progress, moment)
    known = _counted(_begun(run, progress), attempts[:-1] if running else attempts)
    if running:
        return replace(known, state="running", attempts=len(attempts), seconds_left=_seconds_left(progress))
    if last.end == "failed":
        return replace(known, state="failed", reason=_plain(last.why), log=_log(run, results))
    return replace(known, reason=_plain(last.why) if last.end else "killed")


def _is_alive(attempt: Attempt, progress: Progress | None, moment: datetime) -> bool:
    """Return whether an attempt without an end seems to be running: it must have recorded progress recently.

    If it was started on this machine, its process must be alive as well.
    """
    if attempt.host == platform.node() and not psutil.pid_exists(attempt.process):
        return False
    recorded = progress.updated if progress else attempt.started
    silent = progress is not None and progress.phase != "training"
    age = (moment - datetime.fromisoformat(max(recorded, attempt.started))).total_seconds()
    return age <= (_STALE_SECONDS_OF_DECODING if silent else _STALE_SECONDS)


def _ended(run: Run, results: Path) -> RunStatus:
    """Return the status of a run that has written its scores."""
    folder = results / run.path
    try:
        manifest = read_manifest(folder)
        scores = read_scores(folder, manifest)
    except UserError as error:
        return RunStatus(run, "failed", reason=str(error).removeprefix(f"{folder}/"), log=_log(run, results))
    measure = next((name for name in _SCORES_OF_INTEREST if scores.measures[name] is not None), None)
    diverged = scores.diverged
    status = RunStatus(
        run,
        scores.status,
        reason=diverged.reason if diverged else None,
        epoch=scores.epochs,
        step=scores.steps,
        measure=measure,
        score=scores.measures[measure] if measure else None,
    )
    return _counted(status, manifest.attempts)


def _begun(run: Run, progress: Progress | None) -> RunStatus:
    """Return the status of a run that has begun and not ended, as a stopped run."""
    if progress is None:
        return RunStatus(run, "stopped")
    # While a run validates, its record counts the steps of the current epoch, but not the epoch.
    trained = progress.step // progress.batches if progress.batches else progress.epoch
    return RunStatus(
        run,
        "stopped",
        phase=progress.phase,
        epoch=progress.epoch if progress.phase == "training" else trained,
        max_epochs=progress.max_epochs,
        batch=progress.batch,
        batches=progress.batches or None,
        step=progress.step,
        measure=progress.measure,
        latest=progress.latest,
        best=progress.best,
    )


def _counted(status: RunStatus, ended: Sequence[Attempt]) -> RunStatus:
    """Return the status with the numbers of attempts that have ended or were killed."""
    return replace(
        status,
        attempts=len(ended),
        budget_stops=sum(attempt.end in ("time limit", "signal") for attempt in ended),
        failures=sum(attempt.end in (None, "failed") for attempt in ended),
    )


def _seconds_left(progress: Progress | None) -> float | None:
    if progress is None or progress.seconds_per_step is None or not progress.batches:
        return None
    return max(0.0, progress.seconds_per_step * (progress.batches * progress.max_epochs - progress.step))


def _plain(why: str | None) -> str | None:
    """Return why an attempt ended, without the class of an error that users see as a message."""
    return why.removeprefix("UserError: ") if why else why


def _log(run: Run, results: Path) -> str:
    return f"{results / 'logs' / run.path}.log"
