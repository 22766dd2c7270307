"""Share the GPUs of one machine among runs: each run takes a slot, and `execution.runs_per_gpu` sets a GPU's slots.

The networks are small for a modern GPU, so several runs can share one. In a cluster's job that sees one GPU, the
cluster has assigned the device. A job that has several, such as a whole node, shares them like a workstation.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from erac_vaml.runs.attempts import cluster_job
from erac_vaml.runs.lock import SECONDS_BETWEEN_TRIES, Lock
from erac_vaml.runs.stopping import Stopping


@contextmanager
def on_device(device: torch.device, runs_per_gpu: int, stopping: Stopping) -> Iterator[torch.device]:
    """Yield the requested device; if any GPU was requested, take a slot and yield its GPU.

    A cluster's job that sees only one GPU takes no slot.

    Args:
        device: the CPU, a GPU with its number, or any GPU.
        runs_per_gpu: slots of each GPU.
        stopping: ends the waiting when the run has to stop.

    Raises:
        StoppedError: the run has to stop.
    """
    if device.type != "cuda":
        yield device
        return
    if device.index is not None or (cluster_job() and torch.cuda.device_count() == 1):
        chosen = torch.device("cuda", device.index or 0)
        torch.cuda.set_device(chosen)
        yield chosen
        return
    # UUIDs, because the number of a GPU depends on CUDA_VISIBLE_DEVICES.
    names = [str(torch.cuda.get_device_properties(index).uuid) for index in range(torch.cuda.device_count())]
    locks_of_this_user = Path(tempfile.gettempdir()) / f"erac-vaml-slots-{os.getuid()}"
    with slot(names, runs_per_gpu, locks_of_this_user, stopping) as index:
        chosen = torch.device("cuda", index)
        torch.cuda.set_device(chosen)
        print(f"On {torch.cuda.get_device_name(chosen)}, number {index} of {len(names)}", flush=True)
        yield chosen


@contextmanager
def slot(names: Sequence[str], slots_each: int, folder: Path, stopping: Stopping) -> Iterator[int]:
    """Take a slot, and wait until one is free. A process that ends, in whatever way, frees its slot.

    Args:
        names: names of the devices.
        slots_each: slots of each device.
        folder: folder of the slots' locks.
        stopping: ends the waiting when the run has to stop.

    Yields:
        The index of the device: one that has a free slot and the fewest slots taken.

    Raises:
        StoppedError: the run has to stop.
    """
    locks = [
        (index, Lock(folder / f"{name}.{number}")) for number in range(slots_each) for index, name in enumerate(names)
    ]
    announced = False
    while True:
        for index, lock in locks:
            if lock.try_acquire():
                try:
                    yield index
                finally:
                    lock.release()
                return
        if not announced:
            print(f"Waiting for one of {len(names) * slots_each} slots of {len(names)} GPUs", flush=True)
        announced = True
        stopping.wait(SECONDS_BETWEEN_TRIES)
