"""Read and write attempts.json in a run's state folder: each start of the run, and how it ended."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.errors import UserError
from erac_vaml.files import read_regular, write_json
from erac_vaml.runs.stopping import Reason

End = Literal["finished", "diverged", "failed"] | Reason

_FILE = "attempts.json"


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("the time zone is missing")
    return text


Moment = Annotated[str, AfterValidator(_moment)]
"""A time in ISO 8601 with its zone."""


@dataclass(frozen=True, config=ConfigDict(strict=True, allow_inf_nan=False))
class Attempt:
    """One start of a run. `end` is None while it trains, and stays None if it was killed."""

    started: Moment
    """UTC, ISO 8601."""
    host: str
    process: int
    job: str | None
    """ID of the cluster's job."""
    device: str
    first_step: int
    """Completed steps at its start."""
    ended: Moment | None = None
    end: End | None = None
    why: str | None = None
    last_step: int | None = None
    """Completed steps at its end."""
    gpu: str | None = None
    """UUID of the GPU."""
    joules: float | None = None
    """Energy that the whole GPU consumed meanwhile, other processes included."""
    code: str | None = None
    """Version of the code, as in the manifest; None in runs of older versions."""

    @property
    def place(self) -> str:
        """Machine and device: attempts at the same place that overlap in time have shared it."""
        return f"{self.host} {self.gpu or self.device}"

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Start and end, UTC. The end of a killed attempt is unknown; its start stands in for it."""
        began, ended = (
            datetime.fromisoformat(text).astimezone(UTC) for text in (self.started, self.ended or self.started)
        )
        return began, ended


_ATTEMPTS = TypeAdapter(list[Attempt])


def now() -> str:
    """Return the current time, UTC, ISO 8601, in milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def cluster_job() -> str | None:
    """Return the ID of the cluster's job that this process belongs to (Slurm, PBS, LSF, Grid Engine), or None."""
    names = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def write_attempts(state: Path, attempts: Sequence[Attempt]) -> None:
    """Write a run's attempts, oldest first, into its state folder."""
    write_json(state / _FILE, [asdict(attempt) for attempt in attempts])


def read_attempts(state: Path) -> list[Attempt]:
    """Return the attempts in a run's state folder, oldest first; [] if the file is missing or damaged."""
    try:
        return _ATTEMPTS.validate_json(read_regular(state / _FILE))
    except (UserError, OSError, ValidationError):
        return []
