"""The time that an action takes on a device, and the time that other processes use meanwhile."""

import os
import time
from collections.abc import Callable

import psutil
import torch


def milliseconds(action: Callable[[], object], device: torch.device, times: int = 1) -> float:
    """Return the mean time in ms of an action that is repeated without a pause.

    Waits for a GPU, which must be the current device, before and after; the time is that between two of its events.
    """
    if device.type == "cuda":
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()
        start.record()
        for _ in range(times):
            action()
        end.record()
        torch.cuda.synchronize()
        return float(start.elapsed_time(end)) / times
    begin = time.perf_counter()
    for _ in range(times):
        action()
    return 1e3 * (time.perf_counter() - begin) / times


class Neighbours:
    """Measures the processor time of other processes since its creation.

    These slow down a step and its bound, seldom by the same factor.
    """

    def __init__(self) -> None:
        """Start measuring."""
        psutil.cpu_percent()
        self._start, self._own = time.perf_counter(), time.process_time()

    def share(self) -> float:
        """Return the share (0 to 1) of all processors' time that other processes used."""
        busy = psutil.cpu_percent() / 100  # Since the last call.
        own = (time.process_time() - self._own) / ((time.perf_counter() - self._start) * (os.cpu_count() or 1))
        return max(0.0, busy - own)
