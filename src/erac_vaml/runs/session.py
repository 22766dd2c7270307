"""An attempt at a run: it holds the run's lock, and is recorded from its start to its end."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import torch

from erac_vaml.errors import UserError
from erac_vaml.runs.attempts import Attempt, End, cluster_job, now, read_attempts, write_attempts
from erac_vaml.runs.energy import consumed_joules, gpu_identity
from erac_vaml.runs.lock import SECONDS_BETWEEN_TRIES, Lock, LostLockError, lock_beside
from erac_vaml.runs.origin import code_version
from erac_vaml.runs.stopping import StoppedError, Stopping


@contextmanager
def alone(folder: Path, stopping: Stopping) -> Iterator[Lock]:
    """Hold the run's lock; wait while another process holds it, such as a job whose workflow was killed.

    Args:
        folder: the run's state folder; the lock's folder lies beside it.
        stopping: ends the waiting when the run has to stop.

    Yields:
        The lock.

    Raises:
        StoppedError: the run has to stop.
        UserError: the folder of the lock cannot be written.
    """
    lock = Lock(lock_beside(folder))
    announced = False
    while not lock.try_acquire():
        if not announced:
            owner = lock.owner or "another process"
            print(f"Waiting: {owner} is training this run; its result will be taken", flush=True)
        announced = True
        stopping.wait(SECONDS_BETWEEN_TRIES)
    try:
        yield lock
    finally:
        lock.release()


class Session:
    """The current attempt, recorded in the run's list of attempts."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Record in a run's state folder that an attempt on a device begins now."""
        gpu = gpu_identity(device)
        self.step = 0
        """Completed steps of all attempts."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._before = folder, read_attempts(folder)
        self._joules = consumed_joules(gpu)
        place = platform.node(), os.getpid(), cluster_job(), str(device)
        self._begin(Attempt(now(), *place, first_step=0, gpu=gpu, code=code_version()))

    def begins_at(self, step: int) -> None:
        """Record the number of steps that earlier attempts have completed."""
        self.step = step
        self._begin(replace(self._attempt, first_step=step))

    def all_attempts(self, end: End, why: str | None = None) -> list[Attempt]:
        """Return all attempts, with this one ending now."""
        joules = self._joules_taken()
        ended = replace(self._attempt, ended=now(), end=end, why=why, last_step=self.step, joules=joules)
        return [*self._before, ended]

    def record_end(self, end: End, why: str) -> None:
        """Record that the attempt ends, and why."""
        # A full disk has been reported already.
        with suppress(OSError):
            write_attempts(self._folder, self.all_attempts(end, why))

    def _begin(self, attempt: Attempt) -> None:
        self._attempt = attempt
        write_attempts(self._folder, [*self._before, attempt])

    def _joules_taken(self) -> float | None:
        joules = consumed_joules(self._attempt.gpu)
        # A driver that was loaded again counts from 0.
        return None if joules is None or self._joules is None or joules < self._joules else joules - self._joules


@contextmanager
def recorded(folder: Path, device: torch.device) -> Iterator[Session]:
    """Record an attempt in the run's list, and how it ends unless it is killed.

    Args:
        folder: the run's state folder.
        device: device of the training.

    Raises:
        UserError: there is not enough memory.
    """
    session = Session(folder, device)
    try:
        yield session
    except StoppedError as stopped:
        session.record_end(stopped.reason, str(stopped))
        raise
    except LostLockError:
        # The process that has taken over now writes the list of attempts.
        raise
    except Exception as error:
        if not _lacks_memory(error):
            session.record_end("failed", f"{type(error).__name__}: {error}")
            raise
        session.record_end("failed", f"out of memory on {device}")
        raise UserError(
            f"out of memory on {device} after step {session.step}; request more, run fewer on one device, or use "
            "smaller batches; when started again, the run continues from its last checkpoint"
        ) from error


def _lacks_memory(error: Exception) -> bool:
    """Return whether an error means too little memory; PyTorch's CPU allocator has no exception of its own."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)
