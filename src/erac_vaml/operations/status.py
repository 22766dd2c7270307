"""Tell where every run of an experiment stands, by the small files that runs keep (results/README.md)."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.plan import Run, plan_runs
from erac_vaml.runs.attempts import Attempt, read_attempts
from erac_vaml.runs.kept import is_kept
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.progress import Phase, Progress, read_progress
from erac_vaml.runs.scores import has_ended, read_scores

State = Literal["waiting", "running", "stopped", "finished", "diverged", "failed"]
STATES: tuple[State, ...] = ("finished", "running", "stopped", "waiting", "diverged", "failed")

_STALE_SECONDS = 120.0
"""A run that trains records its progress every ten seconds; clocks and network file systems may lag by this much."""
_STALE_SECONDS_OF_DECODING = 1800.0
"""A run that decodes a validation or test set records nothing meanwhile."""
_SCORES_OF_INTEREST = ("test_bleu", "reconstruction_bleu", "valid_td_error")


@dataclass(frozen=True)
class RunStatus:
    """Where one run stands. What does not apply to a state is None, or empty."""

    run: Run
    state: State
    waits_for: tuple[str, ...] = ()
    """While it waits: the paths of the runs that it starts from and that are not there."""
    reason: str | None = None
    """Why it was stopped, diverged or failed."""
    phase: Phase | None = None
    epoch: int | None = None
    """The epoch that is being trained or validated, or in which the run ended."""
    max_epochs: int | None = None
    batch: int | None = None
    """Steps of this epoch that are done."""
    batches: int | None = None
    step: int | None = None
    """Steps that are done altogether."""
    measure: str | None = None
    """Name of `latest` and `best`, or of a finished run's `score`."""
    latest: float | None = None
    best: float | None = None
    score: float | None = None
    """Of a finished or diverged actor its test BLEU, of others the validation measure."""
    seconds_left: float | None = None
    """At most: the schedule may end the run earlier."""
    attempts: int = 0
    budget_stops: int = 0
    """Attempts that a time limit or a signal ended: no fault of the run's."""
    failures: int = 0
    """Attempts that failed or were killed."""
    log: str | None = None
    """Where a failed run's log is."""

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do for it."""
        return self.state in ("finished", "diverged")

    @property
    def share(self) -> float:
        """Share of its steps that are done, of as many as it may have."""
        if self.done:
            return 1.0
        total = (self.batches or 0) * (self.max_epochs or 0)
        return min(1.0, (self.step or 0) / total) if total else 0.0


def read_status(experiment: Experiment, results: Path, moment: datetime | None = None) -> list[RunStatus]:
    """Return where every planned run stands, in the plan's order.

    Args:
        experiment: the experiment.
        results: folder of its results; it need not be there.
        moment: the time that counts as now.
    """
    moment = moment or datetime.now(UTC)
    return [status_of(run, results, moment) for run in plan_runs(experiment).values()]


def status_of(run: Run, results: Path, moment: datetime) -> RunStatus:
    """Return where one run stands."""
    if has_ended(results / run.path):
        return _ended(run, results)
    folder = results / run.state_path
    attempts = read_attempts(folder)
    if not attempts and is_kept(folder):
        return RunStatus(run, "stopped", reason="finished; its files, lost with a job that it shared, are put back")
    if not attempts:
        missing = [parent.path for parent in run.parents.values() if not has_ended(results / parent.path)]
        return RunStatus(run, "waiting", waits_for=tuple(map(str, missing)))
    progress, last = read_progress(folder), attempts[-1]
    running = last.end is None and is_alive(last, progress, moment)
    known = _counted(_begun(run, progress), attempts[:-1] if running else attempts)
    if running:
        return replace(known, state="running", attempts=len(attempts), seconds_left=_seconds_left(progress))
    if last.end == "failed":
        log = results / "logs" / run.path
        return replace(known, state="failed", reason=_plain(last.why), log=f"{log}.log")
    return replace(known, reason=_plain(last.why) if last.end else "killed")


def is_alive(attempt: Attempt, progress: Progress | None, moment: datetime) -> bool:
    """Return whether an attempt that has not ended is still running, as far as can be seen from here.

    On the machine where it was started, its process decides; elsewhere, whether its progress was recorded lately.
    """
    if attempt.host == platform.node() and not _process_is_alive(attempt.process):
        return False
    recorded = progress.updated if progress else attempt.started
    silent = progress is not None and progress.phase != "training"
    age = (moment - datetime.fromisoformat(max(recorded, attempt.started))).total_seconds()
    return age <= (_STALE_SECONDS_OF_DECODING if silent else _STALE_SECONDS)


def is_budget_stop(attempt: Attempt) -> bool:
    """Return whether a time limit or a signal ended an attempt."""
    return attempt.end in ("time limit", "signal")


def is_settled(statuses: list[RunStatus]) -> bool:
    """Return whether nothing more will happen: every run has ended, has failed, or waits for one that failed."""
    stuck = {str(status.run.path) for status in statuses if status.state == "failed"}
    for status in statuses:
        if status.state == "waiting" and stuck.intersection(status.waits_for):
            stuck.add(str(status.run.path))
    return all(status.done or str(status.run.path) in stuck for status in statuses)


def as_json(experiment: Experiment, results: Path, statuses: list[RunStatus], moment: datetime) -> dict[str, Any]:
    """Return what `erac-vaml status --json` prints; docs/operations.md has the keys."""
    return {
        "experiment": experiment.name,
        "results": str(results),
        "time": moment.isoformat(timespec="seconds"),
        "runs_by_state": {state: sum(status.state == state for status in statuses) for state in STATES},
        "runs": [_run_as_json(status) for status in statuses],
    }


def _run_as_json(status: RunStatus) -> dict[str, Any]:
    run = status.run
    named = {"run": str(run.path), "task": run.task, "algorithm": run.algorithm, "name": run.name, "stage": run.stage}
    values = {name: getattr(status, name) for name in RunStatus.__dataclass_fields__ if name != "run"}
    return named | values | {"waits_for": list(status.waits_for)}


def _ended(run: Run, results: Path) -> RunStatus:
    """Return the status of a run whose scores are there."""
    folder = results / run.path
    try:
        manifest = read_manifest(folder)
        scores = read_scores(folder, manifest)
    except UserError as error:
        reason = str(error).removeprefix(f"{folder}/")
        return RunStatus(run, "failed", reason=reason, log=f"{results / 'logs' / run.path}.log")
    measure = next((name for name in _SCORES_OF_INTEREST if scores.measures[name] is not None), None)
    diverged = scores.diverged
    status = RunStatus(
        run,
        scores.status,
        reason=diverged.reason if diverged else None,
        epoch=diverged.epoch if diverged else scores.epochs,
        step=diverged.step if diverged else scores.steps,
        measure=measure,
        score=scores.measures[measure] if measure else None,
    )
    return _counted(status, manifest.attempts)


def _begun(run: Run, progress: Progress | None) -> RunStatus:
    """Return the status of a run that has begun and not ended: stopped, until more is known."""
    if progress is None:
        return RunStatus(run, "stopped")
    # While it validates, its epoch is not counted as done yet; its steps are.
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
    """Return the status with the numbers of attempts that have ended, or that were killed."""
    return replace(
        status,
        attempts=len(ended),
        budget_stops=sum(is_budget_stop(attempt) for attempt in ended),
        failures=sum(attempt.end in (None, "failed") for attempt in ended),
    )


def _seconds_left(progress: Progress | None) -> float | None:
    if progress is None or progress.seconds_per_step is None or not progress.batches:
        return None
    return max(0.0, progress.seconds_per_step * (progress.batches * progress.max_epochs - progress.step))


def _plain(why: str | None) -> str | None:
    """Return why an attempt ended without the name of the exception that a person knows as an error message."""
    return why.removeprefix("UserError: ") if why else why


def _process_is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # Somebody else's.
        return True
    return True
