"""One attempt at a run: alone, and recorded from its start to its end."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import torch

from erac_vaml.errors import UserError
from erac_vaml.runs.attempts import Attempt, End, begin_attempt, end_attempt, read_attempts, write_attempts
from erac_vaml.runs.energy import consumed_joules, gpu_identity
from erac_vaml.runs.lock import Lock, LostLockError, Owner, acquire, lock_beside
from erac_vaml.runs.stopping import StoppedError, Stopping


@contextmanager
def alone(folder: Path, stopping: Stopping) -> Iterator[Lock]:
    """Keep other processes from working on the run; wait for one that does, such as a job whose workflow was killed.

    Args:
        folder: the run's state folder; the lock's folder lies beside it.
        stopping: may end the waiting.

    Yields:
        The lock.

    Raises:
        StoppedError: the run has to stop.
        UserError: the folder of the lock cannot be written.
    """

    def announce(owner: Owner | None) -> None:
        print(f"Waiting: {owner or 'another process'} is training this run; its result will be taken", flush=True)

    lock = Lock(lock_beside(folder))
    acquire(lock, stopping.wait, announce)
    try:
        yield lock
    finally:
        lock.release()


class Session:
    """An attempt while it lasts, recorded in the run's list of attempts."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Record in a state folder that an attempt on a device begins now."""
        gpu = gpu_identity(device)
        self.step = 0
        """Steps that are done altogether."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._before = folder, read_attempts(folder)
        self._attempt = begin_attempt(str(device), 0, gpu)
        self._joules = consumed_joules(gpu)
        write_attempts(folder, [*self._before, self._attempt])

    def begins_at(self, step: int) -> None:
        """Record how many steps were done before."""
        self._attempt = replace(self._attempt, first_step=step)
        self.step = step
        write_attempts(self._folder, [*self._before, self._attempt])

    def all_attempts(self, end: End, why: str | None = None) -> list[Attempt]:
        """Return all attempts, this one as it ends now."""
        ended = end_attempt(self._attempt, end, why, self.step, self._joules_taken())
        return [*self._before, ended]

    def _joules_taken(self) -> float | None:
        now = consumed_joules(self._attempt.gpu)
        # The driver counts from 0 again where it was loaded anew.
        return None if now is None or self._joules is None or now < self._joules else now - self._joules

    def fail(self, end: End, why: str) -> None:
        """Record that the attempt ends, and why."""
        # A full disk has been reported already.
        with suppress(OSError):
            write_attempts(self._folder, self.all_attempts(end, why))


@contextmanager
def recorded(folder: Path, device: torch.device) -> Iterator[Session]:
    """Record an attempt in the run's list, and how it ends unless it is killed; report lack of memory in one line.

    Args:
        folder: the run's state folder.
        device: where it trains.

    Raises:
        UserError: there is not enough memory.
    """
    session = Session(folder, device)
    try:
        yield session
    except StoppedError as stopped:
        session.fail(stopped.reason, str(stopped))
        raise
    except LostLockError:
        # The list of attempts belongs to the process that has taken over.
        raise
    except Exception as error:
        if not _lacks_memory(error):
            session.fail("failed", f"{type(error).__name__}: {error}")
            raise
        session.fail("failed", f"out of memory on {device}")
        raise UserError(
            f"out of memory on {device} after step {session.step}; ask for more, put fewer runs on one device, or make "
            "batches smaller; started again, the run goes on from its last checkpoint"
        ) from error


def _lacks_memory(error: Exception) -> bool:
    """Return whether an error says that there is not enough memory; the CPU's allocator has no exception of its own."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)
