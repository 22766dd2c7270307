"""Runs at once on the GPUs of one machine: each takes a slot of a device, and there are no more of them than asked for.

The networks are small beside a modern GPU, so that several runs on one are done sooner than one after the other. Within
a cluster's job the cluster has chosen the device and who shares it.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from erac_vaml.runs.attempts import cluster_job
from erac_vaml.runs.lock import Lock
from erac_vaml.runs.stopping import Stopping

_SECONDS_BETWEEN_TRIES = 1.0


@contextmanager
def on_device(
    device: torch.device, runs_per_gpu: int, stopping: Stopping, environment: Mapping[str, str] = os.environ
) -> Iterator[torch.device]:
    """Within, a run has the device it asked for; one that asked for any GPU has a slot of one of them.

    Args:
        device: the CPU, a GPU with its number, or any GPU.
        runs_per_gpu: slots of each.
        stopping: may end the waiting for a slot.
        environment: of this process: a cluster's job takes no slot.

    Raises:
        StoppedError: the run has to stop.
    """
    if device.type != "cuda":
        yield device
        return
    if device.index is not None or cluster_job(environment):
        chosen = torch.device("cuda", device.index or 0)
        torch.cuda.set_device(chosen)
        yield chosen
        return
    # By the device's own identity, for its number is another where CUDA_VISIBLE_DEVICES is another.
    names = [str(torch.cuda.get_device_properties(index).uuid) for index in range(torch.cuda.device_count())]
    with slot(names, runs_per_gpu, slots_folder(), stopping) as index:
        chosen = torch.device("cuda", index)
        torch.cuda.set_device(chosen)
        print(f"On {torch.cuda.get_device_name(chosen)}, number {index} of {len(names)}", flush=True)
        yield chosen


def slots_folder() -> Path:
    """Return where this machine's slots are locked, for all experiments of this user."""
    return Path(tempfile.gettempdir()) / f"erac-vaml-slots-{os.getuid()}"


@contextmanager
def slot(names: Sequence[str], slots_each: int, folder: Path, stopping: Stopping) -> Iterator[int]:
    """Within, one slot is taken; waits until one is free. A process that ends, however it ends, frees its own.

    Args:
        names: of the devices.
        slots_each: how many a device has.
        folder: where they are locked.
        stopping: may end the waiting.

    Yields:
        Index of the device: of those with a free slot, one with the fewest taken.

    Raises:
        StoppedError: the run has to stop.
    """
    locks = [
        (index, Lock(folder / f"{name}.{number}")) for number in range(slots_each) for index, name in enumerate(names)
    ]
    waited = False
    while True:
        for index, lock in locks:
            if lock.try_acquire():
                try:
                    yield index
                finally:
                    lock.release()
                return
        if not waited:
            print(f"Waiting for one of {len(names) * slots_each} slots of {len(names)} GPUs", flush=True)
        waited = True
        stopping.wait(_SECONDS_BETWEEN_TRIES)
