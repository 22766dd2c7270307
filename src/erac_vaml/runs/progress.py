"""Read and write progress.json in a run's state folder: the progress of a run that trains."""

from dataclasses import asdict
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.errors import UserError
from erac_vaml.files import read_regular, write_json
from erac_vaml.runs.attempts import Moment

Phase = Literal["training", "validating", "testing"]

_FILE = "progress.json"


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Progress:
    """The progress of a run; rewritten every few seconds while it trains."""

    phase: Phase
    epoch: int
    """The current epoch, or the last one."""
    max_epochs: int
    """Largest number of epochs; the schedule may end the run earlier."""
    batch: int
    """Completed steps of this epoch."""
    batches: int
    """Steps in an epoch."""
    step: int
    """Completed steps of all epochs."""
    seconds_per_step: float | None
    """None before the first step of this attempt."""
    measure: str
    """Name of the validation measure that decides which epoch is the best."""
    latest: float | None
    """Its latest value; None before the first validation."""
    best: float | None
    updated: Moment
    """UTC, ISO 8601."""


_PROGRESS = TypeAdapter(Progress)


def write_progress(state: Path, progress: Progress) -> None:
    """Write a run's progress into its state folder."""
    write_json(state / _FILE, asdict(progress))


def read_progress(state: Path) -> Progress | None:
    """Return the progress in a run's state folder, or None if the file is missing or damaged."""
    try:
        return _PROGRESS.validate_json(read_regular(state / _FILE))
    except (UserError, OSError, ValidationError):
        return None
