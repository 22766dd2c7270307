"""Describe what a check has found."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One line of `erac-vaml doctor`."""

    level: Level
    """A problem keeps something from running, or from being right; a note does not."""
    subject: str
    text: str
    command: str | None = None
    """Fixes it, ready to paste."""
