"""Record where a run stands while it trains: progress.json in its state folder."""

from dataclasses import asdict
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.files import write_json

Phase = Literal["training", "validating", "testing"]

_FILE = "progress.json"


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Progress:
    """Where a run stands; rewritten every few seconds while it trains."""

    phase: Phase
    epoch: int
    """The epoch that is being trained, or the last one."""
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


_PROGRESS = TypeAdapter(Progress)


def write_progress(state: Path, progress: Progress) -> None:
    """Write where a run stands into its state folder."""
    write_json(state / _FILE, asdict(progress))


def read_progress(state: Path) -> Progress | None:
    """Return where the run of a state folder stands; None where the file is missing or damaged."""
    try:
        return _PROGRESS.validate_json((state / _FILE).read_bytes())
    except (OSError, ValidationError):
        return None
