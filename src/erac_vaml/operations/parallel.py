"""Choose how many runs train in parallel."""

import os
from collections.abc import Sequence
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.operations.estimate import RunEstimate
from erac_vaml.operations.wording import counted

_GPUS = Path("/proc/driver/nvidia/gpus")
"""Folder in which NVIDIA's driver has a folder for each GPU."""


def runs_in_parallel(experiment: Experiment, runs: Sequence[RunEstimate], at_once: int | None) -> tuple[int, str]:
    """Return how many runs train in parallel, and the reason for the user.

    Args:
        experiment: the experiment.
        runs: the runs. Their estimates say whether they need GPUs, or how many cores each of them needs.
        at_once: the number, if the user has given one; None: as many as this machine has GPUs or cores for.
    """
    if at_once:
        return at_once, "--at-once"
    change = "; --at-once"
    if any(one.speed.unit == "GPU" for one in runs):
        gpus = len(list(_GPUS.iterdir())) if _GPUS.is_dir() else 0
        sharing = experiment.execution.runs_per_gpu
        here = f"{counted(gpus, 'GPU')} here" if gpus else "assumes 1 GPU, none is here"
        shared = f", {sharing} runs on each" if sharing > 1 else ""
        return max(1, gpus) * sharing, f"{here}{shared}{change}"
    cores, threads = os.cpu_count() or 1, max((one.speed.units for one in runs), default=1)
    return max(1, cores // threads), f"{counted(cores, 'core')} here, {counted(threads, 'thread')} a run{change}"
