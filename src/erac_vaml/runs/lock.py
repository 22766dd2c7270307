"""Keep two processes from working on the same thing, on one machine or on several that share a file system.

A lock is a folder of numbered claims. A claim is a file that only one process can create (O_EXCL). The claim with the
highest number is valid: it names the owner, which touches the file every 30 seconds. A process takes a lock over by
creating the next number; of several waiting processes only one can do that. A lock needs no flock, which many cluster
file systems lack.

An owner on this machine is dead when its process is gone. An owner on another machine counts as dead when its claim has
not changed for two minutes (four heartbeats). The waiting process measures this with its own clock, because the clocks
of two machines differ. A process that was suspended, or cut off from the file system, can lose its lock this way; its
next `check` raises an error.

filelock does not do this: its flock names no owner, and its lease (SoftFileLease) can be taken over only on file
systems that exchange two names atomically, which NFS and Lustre do not.
"""

import os
import platform
import threading
import time
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import psutil
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.errors import UserError
from erac_vaml.files import json_bytes, read_regular, write_json

HEARTBEAT_SECONDS = 30.0
SILENT_HEARTBEATS = 4
"""Number of missed heartbeats after which an owner on another machine counts as dead."""
SECONDS_BETWEEN_TRIES = 1.0
"""Time that a waiting process lets pass between two tries to take a lock."""
_ENDING = ".claim"


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Owner:
    """The process that holds a lock, or held it last: the content of a claim."""

    host: str
    system: str
    """Identifies the booted system and the container; process numbers can be compared only within one."""
    process: int
    started: float
    """Start of the process, in seconds since 1970."""
    released: bool = False

    def __str__(self) -> str:
        """Return the name of the process for a message."""
        return f"process {self.process} on {self.host}"

    @property
    def lives(self) -> bool | None:
        """Whether the process exists; None if this machine cannot tell."""
        if self.system != _system():
            return None
        try:
            process = psutil.Process(self.process)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            # A different start time does not prove a different process: the clock may have been set.
            return True if process.create_time() == self.started else None
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:
            return None


class LostLockError(UserError):
    """Another process has taken over the lock, because this one missed its heartbeats."""


class Lock:
    """A lock that this process may hold."""

    def __init__(self, folder: Path, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        """Prepare a lock without writing anything.

        Args:
            folder: folder of the claims; it stays when the lock is released.
            heartbeat_seconds: time between two heartbeats, the same for all processes.
        """
        self._folder, self._heartbeat = folder, heartbeat_seconds
        self._number = 0
        """Number of this process's claim; 0 if it does not hold the lock."""
        self._stop = threading.Event()
        self._seen: tuple[int, int] | None = None
        """Number and modification time of another process's claim when it last changed."""
        self._seen_at = 0.0
        self.owner_lives = False
        """Whether `try_acquire` has shown that the owner is alive; until then the owner may be dead."""

    @property
    def owner(self) -> Owner | None:
        """The process that holds the lock, dead or alive; None if the lock is free or its claim cannot be read."""
        newest = self._newest()
        owner = _read(self._claim(newest)) if newest else None
        return None if owner is None or owner.released else owner

    def try_acquire(self) -> bool:
        """Take the lock if it is free or its owner is known to be dead; return whether this process holds it now.

        Raises:
            UserError: the folder cannot be written, or the file system cannot create a file exclusively.
        """
        newest = self._newest()
        if newest and not self._is_over(newest):
            return False
        number = newest + 1
        if not self._create(number):
            return False
        if self._newest() != number:  # Other processes were faster: `newest` was outdated.
            self._claim(number).unlink(missing_ok=True)
            return False
        for old in self._numbers():
            if old < number:
                self._claim(old).unlink(missing_ok=True)
        self._number, self._stop = number, threading.Event()
        beat = threading.Thread(target=self._beat, args=(self._claim(number), self._stop), daemon=True)
        beat.start()
        return True

    def check(self) -> None:
        """Check that this process still holds the lock.

        Raises:
            LostLockError: another process has taken it over.
        """
        if not self._number or self._newest() != self._number:
            raise LostLockError(
                f"{self._folder}: {self.owner or 'another process'} has taken over, because this process sent no "
                "heartbeat for too long; this process ends"
            )

    def release(self) -> None:
        """Release the lock; do nothing if this process does not hold it, or another one has taken it over."""
        if not self._number:
            return
        self._stop.set()
        number, self._number = self._number, 0
        if self._newest() == number:
            # The claim stays, so that numbers only grow: a process that read an old number cannot create it again.
            with suppress(OSError):
                write_json(self._claim(number), asdict(replace(_this_process(os.getpid()), released=True)))

    def _claim(self, number: int) -> Path:
        return self._folder / str(number)

    def _numbers(self) -> list[int]:
        try:
            return [int(name) for name in os.listdir(self._folder) if name.isdecimal()]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _newest(self) -> int:
        return max(self._numbers(), default=0)

    def _create(self, number: int) -> bool:
        """Create a claim; return False if another process has created it before."""
        claim, created = self._claim(number), False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(claim, "xb") as stream:
                created = True
                stream.write(json_bytes(asdict(_this_process(os.getpid()))))
        except OSError as error:
            if created:
                claim.unlink(missing_ok=True)
            elif isinstance(error, FileExistsError) and self._folder.is_dir():
                return False
            raise UserError(
                f"{self._folder}: cannot be locked ({error.strerror or error}); without a lock two processes might do "
                "the same work: free disk space, or make the folder writable"
            ) from None
        return True

    def _is_over(self, number: int) -> bool:
        """Return whether a claim is released, or its owner is dead."""
        try:
            # NFS reads a file's current time from the server only when the file is opened.
            with open(self._claim(number), "rb") as stream:
                modified = os.fstat(stream.fileno()).st_mtime_ns
        except OSError:  # Deleted by the next owner.
            return False
        owner, moment = _read(self._claim(number)), time.monotonic()
        if owner is not None and owner.released:
            return True
        if self._seen != (number, modified):
            self.owner_lives = self._seen is not None
            self._seen, self._seen_at = (number, modified), moment
        lives = None if owner is None else owner.lives
        if lives is not None:
            self.owner_lives = lives
            return not lives
        return moment - self._seen_at > SILENT_HEARTBEATS * self._heartbeat

    def _beat(self, claim: Path, stop: threading.Event) -> None:
        """Touch a claim until it is released."""
        while not stop.wait(self._heartbeat):
            # The file server may be unavailable for a while; `check` finds out whether the lock was lost meanwhile.
            with suppress(OSError):
                os.utime(claim)


def lock_beside(folder: Path) -> Path:
    """Return the folder of a folder's lock; it lies beside that folder and stays when that folder is deleted."""
    return folder.with_name(folder.name + _ENDING)


def is_lock(folder: Path) -> bool:
    """Return whether a folder belongs to a lock."""
    return folder.name.endswith(_ENDING)


def results_lock(results: Path, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> Lock:
    """Return the lock of an experiment's results, without taking it."""
    return Lock(lock_beside(results / "workflow"), heartbeat_seconds)


def claim_results(results: Path, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> Lock:
    """Take and return the lock of an experiment's results, as a workflow and `plan --yes` do before they change runs.

    If the owner is on another machine, wait until it shows a heartbeat, or counts as dead.

    Args:
        results: folder of the experiment's results.
        heartbeat_seconds: time between two heartbeats.

    Raises:
        UserError: another process holds it.
    """
    lock = results_lock(results, heartbeat_seconds)
    announced = False
    while not lock.try_acquire():
        if lock.owner_lives:
            raise UserError(
                f"another workflow is at work on {results}, {lock.owner or 'of another process'}; wait for its end, or "
                "stop it"
            )
        if not announced:
            owner, seconds = lock.owner or "the owner", SILENT_HEARTBEATS * heartbeat_seconds
            print(f"Watching for up to {seconds:.0f} s whether {owner} still works on {results}", flush=True)
        announced = True
        time.sleep(min(SECONDS_BETWEEN_TRIES, heartbeat_seconds / 2))
    return lock


_OWNER = TypeAdapter(Owner)


def _read(claim: Path) -> Owner | None:
    """Return the owner that a claim names; None if the claim cannot be read, or is not written yet."""
    try:
        return _OWNER.validate_json(read_regular(claim))
    except (UserError, OSError, ValidationError):
        return None


@cache
def _this_process(number: int) -> Owner:
    """Return this process as an owner; its number is an argument because a fork has a different one."""
    return Owner(platform.node(), _system(), number, psutil.Process(number).create_time())


@cache
def _system() -> str:
    """Return a text that identifies the booted system and the container of this process."""
    parts = [platform.node()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)
