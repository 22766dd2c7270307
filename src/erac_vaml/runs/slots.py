"""Share the GPUs of one machine among runs: each run takes a slot, of which the configuration gives each GPU a number.

The networks are small for a modern GPU: several runs on one at the same time are done sooner than one after the other.
In a cluster's job the cluster has chosen the device and who shares it.
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
    """Yield the device that a run asked for; to a run that asked for any GPU, one with a free slot.

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
    # By the device's own identity: its number depends on CUDA_VISIBLE_DEVICES.
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
    """Take a slot, after waiting until one is free. A process that ends, in whatever way, frees its slot.

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
