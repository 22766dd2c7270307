"""How much of the machine other processes use: they slow down a step and its bound, and seldom both alike."""

import os
import time
from pathlib import Path

_STATISTICS = Path("/proc/stat")
_IDLE = (3, 4)
"""Places of the time in which a processor had nothing to do, or waited for a disk."""
_GUEST = 8
"""Place from which times are counted a second time."""


class Neighbours:
    """Watches them from its making on, where the system tells (Linux)."""

    def __init__(self) -> None:
        """Begin to watch."""
        self._busy, self._all = _processor_seconds()
        self._own = time.process_time()

    def share(self) -> float | None:
        """Return the share (0 to 1) of all processors' time that was not this process's and not idle; None: unknown."""
        busy, every = _processor_seconds()
        if every == self._all:
            return None
        own = time.process_time() - self._own
        return max(0.0, busy - self._busy - own) / (every - self._all)


def _processor_seconds() -> tuple[float, float]:
    """Return the seconds since the system started in which processors were busy, and all of them."""
    if not _STATISTICS.exists():
        return 0.0, 0.0
    ticks = [int(field) for field in _STATISTICS.read_text().split("\n", 1)[0].split()[1:]][:_GUEST]
    seconds = [tick / os.sysconf("SC_CLK_TCK") for tick in ticks]
    return sum(seconds) - sum(seconds[place] for place in _IDLE), sum(seconds)
