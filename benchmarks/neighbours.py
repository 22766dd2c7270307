"""How much of the machine other processes use: they slow down a step and its bound, seldom by the same factor."""

import os
import time

import psutil


class Neighbours:
    """Measures the processor time of other processes since its creation."""

    def __init__(self) -> None:
        """Start measuring."""
        psutil.cpu_percent()
        self._start, self._own = time.perf_counter(), time.process_time()

    def share(self) -> float:
        """Return the share (0 to 1) of all processors' time that other processes used."""
        busy = psutil.cpu_percent() / 100  # Since the last call.
        own = (time.process_time() - self._own) / ((time.perf_counter() - self._start) * (os.cpu_count() or 1))
        return max(0.0, busy - own)
