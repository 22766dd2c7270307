"""How many runs train in parallel."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.operations.estimate import RunEstimate
from erac_vaml.operations.wording import counted

_GPUS = Path("/proc/driver/nvidia/gpus")
"""NVIDIA's driver has one folder here for each GPU."""

_CHANGE = "; --at-once changes it"


@dataclass(frozen=True)
class Parallel:
    """A number of runs that train in parallel."""

    runs: int
    basis: str
    """What the number is based on, in words."""


def runs_in_parallel(experiment: Experiment, runs: Sequence[RunEstimate], at_once: int | None) -> Parallel:
    """Return how many runs train in parallel: as many as are given, or as this machine has GPUs or cores for them.

    Args:
        experiment: the experiment.
        runs: the runs, whose estimates say what they train on.
        at_once: the number, where it is given.
    """
    if at_once:
        return Parallel(at_once, "--at-once")
    if any(one.speed.unit == "GPU" for one in runs):
        gpus, sharing = _gpus(), experiment.execution.runs_per_gpu
        here = f"{counted(gpus, 'GPU')} here" if gpus else "assumed: 1 GPU, none found here"
        return Parallel(max(1, gpus) * sharing, f"{here}, {counted(sharing, 'run')} on each{_CHANGE}")
    cores, threads = os.cpu_count() or 1, max((one.speed.units for one in runs), default=1)
    basis = f"{counted(cores, 'core')} here, {counted(threads, 'thread')} a run{_CHANGE}"
    return Parallel(max(1, cores // threads), basis)


def _gpus() -> int:
    """Return the number of NVIDIA GPUs of this machine."""
    return len(list(_GPUS.iterdir())) if _GPUS.is_dir() else 0
