"""Times actions on a device."""

import time
from collections.abc import Callable

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
