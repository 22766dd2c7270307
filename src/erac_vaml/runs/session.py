"""One attempt at a run: alone, noted down from its start to its end, and stopped in time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from erac_vaml.errors import UserError
from erac_vaml.runs.energy import consumed_joules, gpu_identity
from erac_vaml.runs.progress import Attempt, End, begin_attempt, end_attempt, read_attempts, write_attempts
from erac_vaml.runs.stopping import StoppedError, Stopping

_SECONDS_BETWEEN_TRIES = 1.0


@contextmanager
def alone(folder: Path, stopping: Stopping) -> Iterator[bool]:
    """Within, no other process works on the run; waits for one that does, such as a job whose workflow was killed.

    Args:
        folder: the run's state folder; the lock lies beside it and stays, for a lock that is deleted is none.
        stopping: may end the waiting.

    Yields:
        Whether there was another one.

    Raises:
        StoppedError: the run has to stop.
        UserError: the file system has no locks.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(folder.name + ".lock"))
    waited = False
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.0)
        except Timeout:
            if not waited:
                last = read_attempts(folder)[-1:]
                who = f"process {last[0].process} on {last[0].host}" if last else "another process"
                print(f"Waiting: {who} is training this run; its result will be taken", flush=True)
            waited = True
            stopping.wait(_SECONDS_BETWEEN_TRIES)
        except NotImplementedError:
            raise UserError(
                f"{folder.parent}: its file system has no locks, by which two jobs are kept from training one run; put "
                "results/ on one that has (Lustre: mounted with flock)"
            ) from None
    try:
        yield waited
    finally:
        lock.release()


class Session:
    """An attempt while it lasts, in the run's list of attempts."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Note an attempt in a state folder, on a device, that begins now."""
        gpu = gpu_identity(device)
        self.step = 0
        """Steps that are done altogether."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._before = folder, read_attempts(folder)
        self._attempt = begin_attempt(str(device), 0, gpu)
        self._joules = consumed_joules(gpu)
        write_attempts(folder, [*self._before, self._attempt])

    def begins_at(self, step: int) -> None:
        """Note how many steps were done before."""
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
        """Note that the attempt ends, and why."""
        # Of a full disk something better is told already.
        with suppress(OSError):
            write_attempts(self._folder, self.all_attempts(end, why))


@contextmanager
def noted(folder: Path, device: torch.device) -> Iterator[Session]:
    """Within, an attempt is in the run's list, and how it ends, unless it is killed; want of memory is told in a line.

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
    except Exception as error:
        if not _want_of_memory(error):
            session.fail("failed", f"{type(error).__name__}: {error}")
            raise
        session.fail("failed", f"out of memory on {device}")
        raise UserError(
            f"out of memory on {device} after step {session.step}; ask for more, put fewer runs on one device, or make "
            "batches smaller; started again, the run goes on from its last checkpoint"
        ) from error


def _want_of_memory(error: Exception) -> bool:
    """Return whether an error says that memory was wanting; the CPU's allocator has no exception of its own."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)
