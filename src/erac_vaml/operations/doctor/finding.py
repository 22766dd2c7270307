"""Describe the result of a check."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """A line of `erac-vaml doctor`."""

    level: Level
    """A problem makes something fail or gives wrong results. A note does not."""
    subject: str
    text: str
    command: str | None = None
    """The command that fixes it, ready to paste."""
