"""Where a run stands and how often it was tried: small files in its state folder, for whoever looks on."""

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from erac_vaml.files import try_json, write_json
from erac_vaml.runs.stopping import Reason

PROGRESS, ATTEMPTS = "progress.json", "attempts.json"

Phase = Literal["training", "validating", "testing"]
End = Literal["finished", "diverged", "failed"] | Reason


@dataclass(frozen=True)
class Progress:
    """Where a run stands; rewritten every few seconds while it is trained."""

    phase: Phase
    epoch: int
    """The epoch that is being trained, or that was last."""
    max_epochs: int
    """The schedule may end the run earlier."""
    batch: int
    """Steps of this epoch that are done."""
    batches: int
    """Steps of an epoch."""
    step: int
    """Steps that are done altogether."""
    seconds_per_step: float | None
    """None before the first."""
    measure: str
    """Name of the validation measure that decides."""
    latest: float | None
    """Its last value; None before the first validation."""
    best: float | None
    updated: str
    """UTC, ISO 8601."""


@dataclass(frozen=True)
class Attempt:
    """One time that a run was started. `end` stays None where it was killed."""

    started: str
    """UTC, ISO 8601."""
    host: str
    process: int
    job: str | None
    """Number of the cluster's job."""
    device: str
    first_step: int
    """Steps that were done when it began."""
    ended: str | None = None
    end: End | None = None
    why: str | None = None
    last_step: int | None = None
    """Steps that were done when it ended."""
    gpu: str | None = None
    """UUID of the GPU."""
    joules: float | None = None
    """Energy that the whole GPU took meanwhile, whoever shared it."""


def now() -> str:
    """Return the time, UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def begin_attempt(
    device: str, first_step: int, gpu: str | None, environment: Mapping[str, str] = os.environ
) -> Attempt:
    """Return an attempt by this process that begins now."""
    return Attempt(now(), platform.node(), os.getpid(), cluster_job(environment), device, first_step, gpu=gpu)


def cluster_job(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the number of the cluster's job that a process belongs to (Slurm, PBS, LSF, Grid Engine), or None."""
    names = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
    return next((environment[name] for name in names if environment.get(name)), None)


def end_attempt(attempt: Attempt, end: End, why: str | None, last_step: int, joules: float | None) -> Attempt:
    """Return the attempt as it ended now."""
    return replace(attempt, ended=now(), end=end, why=why, last_step=last_step, joules=joules)


def write_attempts(folder: Path, attempts: list[Attempt]) -> None:
    """Write a run's attempts, oldest first."""
    write_json(folder / ATTEMPTS, [asdict(attempt) for attempt in attempts])


def read_attempts(folder: Path) -> list[Attempt]:
    """Return a run's attempts, oldest first; none where nothing is there, or nothing that can be read."""
    found = try_json(folder / ATTEMPTS)
    try:
        return [Attempt(**attempt) for attempt in found or []]
    except TypeError:
        return []


def write_progress(folder: Path, progress: Progress) -> None:
    """Write where a run stands."""
    write_json(folder / PROGRESS, asdict(progress))


def read_progress(folder: Path) -> Progress | None:
    """Return where a run stands; None where nothing is there, or nothing that can be read."""
    found = try_json(folder / PROGRESS)
    try:
        return Progress(**found) if found else None
    except TypeError:
        return None
