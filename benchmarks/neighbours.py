"""How much of the machine other processes use: they slow down a step and its bound, seldom by the same factor."""

import os
import time
from pathlib import Path

_STATISTICS = Path("/proc/stat")
_IDLE = (3, 4)
"""Positions of the time in which a processor was idle or waited for a disk."""
_GUEST = 8
"""Position from which times are counted a second time."""


class Neighbours:
    """Measures the processor time of other processes since its creation (on Linux)."""

    def __init__(self) -> None:
        """Start measuring."""
        self._busy, self._all = _processor_seconds()
        self._own = time.process_time()

    def share(self) -> float | None:
        """Return the share (0 to 1) of all processors' time that other processes used; None where it is unknown."""
        busy, every = _processor_seconds()
        if every == self._all:
            return None
        own = time.process_time() - self._own
        return max(0.0, busy - self._busy - own) / (every - self._all)


def _processor_seconds() -> tuple[float, float]:
    """Return the busy and the total seconds of all processors since the system started."""
    if not _STATISTICS.exists():
        return 0.0, 0.0
    ticks = [int(field) for field in _STATISTICS.read_text().split("\n", 1)[0].split()[1:]][:_GUEST]
    seconds = [tick / os.sysconf("SC_CLK_TCK") for tick in ticks]
    return sum(seconds) - sum(seconds[place] for place in _IDLE), sum(seconds)
