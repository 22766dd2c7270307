"""Record how often a run was started and how each attempt ended: attempts.json in its state folder."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.files import write_json
from erac_vaml.runs.stopping import Reason

End = Literal["finished", "diverged", "failed"] | Reason

_FILE = "attempts.json"


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Moment = Annotated[str, AfterValidator(_moment)]


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Attempt:
    """One time that a run was started. `end` stays None where it was killed."""

    started: Moment
    """UTC, ISO 8601."""
    host: str
    process: int
    job: str | None
    """Number of the cluster's job."""
    device: str
    first_step: int
    """Steps that were done when it began."""
    ended: Moment | None = None
    end: End | None = None
    why: str | None = None
    last_step: int | None = None
    """Steps that were done when it ended."""
    gpu: str | None = None
    """UUID of the GPU."""
    joules: float | None = None
    """Energy that the whole GPU took meanwhile, other processes' share included."""

    @property
    def place(self) -> str:
        """Machine and device: attempts of one place that overlap in time have shared it."""
        return f"{self.host} {self.gpu or self.device}"

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When it began and ended, UTC; of one that was killed the end is not known, and is its beginning."""
        began, ended = (
            datetime.fromisoformat(text).astimezone(UTC) for text in (self.started, self.ended or self.started)
        )
        return began, ended


_ATTEMPTS = TypeAdapter(list[Attempt])


def now() -> str:
    """Return the time, UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def begin_attempt(
    device: str, first_step: int, gpu: str | None, environment: Mapping[str, str] = os.environ
) -> Attempt:
    """Return an attempt by this process that begins now."""
    return Attempt(now(), platform.node(), os.getpid(), cluster_job(environment), device, first_step, gpu=gpu)


def end_attempt(attempt: Attempt, end: End, why: str | None, last_step: int, joules: float | None) -> Attempt:
    """Return the attempt as it ended now."""
    return replace(attempt, ended=now(), end=end, why=why, last_step=last_step, joules=joules)


def cluster_job(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the number of the cluster's job that a process belongs to (Slurm, PBS, LSF, Grid Engine), or None."""
    names = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
    return next((environment[name] for name in names if environment.get(name)), None)


def write_attempts(state: Path, attempts: Sequence[Attempt]) -> None:
    """Write a run's attempts, oldest first, into its state folder."""
    write_json(state / _FILE, [asdict(attempt) for attempt in attempts])


def read_attempts(state: Path) -> list[Attempt]:
    """Return the attempts in a run's state folder, oldest first; none where the file is missing or damaged."""
    try:
        return _ATTEMPTS.validate_json((state / _FILE).read_bytes())
    except (OSError, ValidationError):
        return []
