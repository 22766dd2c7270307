"""Keep two processes from working on the same thing, on one machine or on several that share a file system.

A lock is a folder of numbered claims. A claim is a file that only one process can create (O_EXCL), and the one with the
highest number counts: it names its owner, who touches it every 30 seconds. So a lock needs no flock, which many cluster
file systems lack, and it is taken over by creating the next number, which only one of several waiting processes can do.

An owner is dead where its process is gone, if that can be seen from here. An owner on another machine is dead after its
claim has not changed for two minutes (four heartbeats). The waiting process measures that with its own clock, since the
clocks of two machines differ. A process that was only suspended, or cut off from the file system, may lose its lock
that way; it finds out at its next `check` and ends.

filelock does not do this: its flock names no owner, and its lease (SoftFileLease) is taken over only where the file
system can exchange two names at once, which NFS and Lustre cannot.
"""

import os
import platform
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import psutil
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.errors import UserError
from erac_vaml.files import json_bytes, write_json

HEARTBEAT_SECONDS = 30.0
SILENT_HEARTBEATS = 4
"""After so many heartbeats without a sign of life an owner on another machine counts as dead."""
_SECONDS_BETWEEN_TRIES = 1.0
_ENDING = ".claim"


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Owner:
    """The process that holds a lock, or held it last."""

    host: str
    system: str
    """Names the booted system, and the container, within which process numbers can be compared."""
    process: int
    started: float
    """When the process began, in seconds since 1970."""
    released: bool = False

    def __str__(self) -> str:
        """Name the process for a message."""
        return f"process {self.process} on {self.host}"

    @property
    def lives(self) -> bool | None:
        """Whether the process is there; None where that cannot be seen from here."""
        if self.system != _system():
            return None
        try:
            process = psutil.Process(self.process)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            # Another time of start is no proof of another process: somebody may have set the clock.
            return True if process.create_time() == self.started else None
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:
            return None


class LostLockError(UserError):
    """Another process has taken the lock over, since this one gave no sign of life."""


class Lock:
    """A lock that this process may hold."""

    def __init__(self, folder: Path, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        """Prepare a lock; nothing is written.

        Args:
            folder: of the claims; it stays when the lock is released.
            heartbeat_seconds: time between two signs of life, the same for all processes.
        """
        self._folder, self._heartbeat = folder, heartbeat_seconds
        self._number = 0
        """Of the own claim; 0: the lock is not held."""
        self._stop = threading.Event()
        self._seen: tuple[int, int] | None = None
        """Number and time of another one's claim at the last look."""
        self._seen_at = 0.0
        self._owner_lives = False

    @property
    def held(self) -> bool:
        """Whether this process holds the lock, as far as it knows."""
        return self._number > 0

    @property
    def owner(self) -> Owner | None:
        """The process that holds the lock, dead or alive; None where it is free or its claim cannot be read."""
        newest = self._newest()
        owner = _read(self._claim(newest)) if newest else None
        return None if owner is None or owner.released else owner

    @property
    def owner_lives(self) -> bool:
        """Whether `try_acquire` has shown that the owner is alive; until then it may be dead."""
        return self._owner_lives

    def try_acquire(self) -> bool:
        """Take the lock where it is free or its owner is known to be dead; return whether it is held now.

        Raises:
            UserError: the folder cannot be written, or the file system cannot create a file exclusively.
        """
        newest = self._newest()
        if newest and not self._is_over(newest):
            return False
        number = newest + 1
        if not self._create(number):
            return False
        if self._newest() != number:  # Other processes were faster: `newest` was long over.
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
        """Check that the lock is still held.

        Raises:
            LostLockError: it was taken over.
        """
        if not self.held or self._newest() != self._number:
            raise LostLockError(
                f"{self._folder}: {self.owner or 'another process'} has taken over, since this process gave no sign of "
                "life for too long; this one ends and leaves the rest to that one"
            )

    def release(self) -> None:
        """Let others take the lock; does nothing where it is not held, or was taken over."""
        if not self.held:
            return
        self._stop.set()
        number, self._number = self._number, 0
        if self._newest() == number:
            # The claim stays, so that numbers only grow: who looked at it earlier cannot create it a second time.
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
        """Create a claim; return whether no other process has created it before."""
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
                "the same work: make room, or the folder writable"
            ) from None
        return True

    def _is_over(self, number: int) -> bool:
        """Return whether a claim is released, or its owner is dead."""
        try:
            # NFS asks the server for a file's current time when the file is opened.
            with open(self._claim(number), "rb") as stream:
                modified = os.fstat(stream.fileno()).st_mtime_ns
        except OSError:  # Deleted by the next owner.
            return False
        owner, moment = _read(self._claim(number)), time.monotonic()
        if owner is not None and owner.released:
            return True
        if self._seen != (number, modified):
            self._owner_lives = self._seen is not None
            self._seen, self._seen_at = (number, modified), moment
        lives = None if owner is None else owner.lives
        if lives is not None:
            self._owner_lives = lives
            return not lives
        return moment - self._seen_at > SILENT_HEARTBEATS * self._heartbeat

    def _beat(self, claim: Path, stop: threading.Event) -> None:
        """Touch a claim until it is released."""
        while not stop.wait(self._heartbeat):
            # A file server may be away for a while. `check` finds out whether the lock was taken over meanwhile.
            with suppress(OSError):
                os.utime(claim)


def lock_beside(folder: Path) -> Path:
    """Return the folder of the lock of another folder, which lies beside that and stays when that is deleted."""
    return folder.with_name(folder.name + _ENDING)


def is_lock(folder: Path) -> bool:
    """Return whether a folder is that of a lock."""
    return folder.name.endswith(_ENDING)


def acquire(lock: Lock, wait: Callable[[float], None], announce: Callable[[Owner | None], None]) -> None:
    """Wait until a lock is held.

    Args:
        lock: the lock.
        wait: waits for some seconds, and may raise an error to give up.
        announce: is called once before the first wait, with the owner.
    """
    waited = False
    while not lock.try_acquire():
        if not waited:
            announce(lock.owner)
        waited = True
        wait(_SECONDS_BETWEEN_TRIES)


def claim_results(results: Path, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> Lock:
    """Return the lock of an experiment's results, held: a workflow and `plan --yes` take it before they change runs.

    Where its owner is on another machine, this waits until that gives a sign of life, or is known to be dead.

    Args:
        results: folder of the experiment's results.
        heartbeat_seconds: as of `Lock`.

    Raises:
        UserError: another process holds it.
    """
    lock = Lock(lock_beside(results / "workflow"), heartbeat_seconds)

    def give_up_or_wait(seconds: float) -> None:
        if lock.owner_lives:
            raise UserError(
                f"another workflow is at work on {results}, {lock.owner or 'of another process'}; wait for its end, or "
                "stop it"
            )
        time.sleep(min(seconds, heartbeat_seconds / 2))

    def announce(owner: Owner | None) -> None:
        if not lock.owner_lives:
            seconds = SILENT_HEARTBEATS * heartbeat_seconds
            print(
                f"Watching for up to {seconds:.0f} s whether {owner or 'the owner'} still works on {results}",
                flush=True,
            )

    acquire(lock, give_up_or_wait, announce)
    return lock


_OWNER = TypeAdapter(Owner)


def _read(claim: Path) -> Owner | None:
    """Return the owner that a claim names; None where it cannot be read, or is not written yet."""
    try:
        return _OWNER.validate_json(claim.read_bytes())
    except (OSError, ValidationError):
        return None


@cache
def _this_process(number: int) -> Owner:
    """Return this process as an owner; its number is an argument because a fork has another one."""
    return Owner(platform.node(), _system(), number, psutil.Process(number).create_time())


@cache
def _system() -> str:
    """Return what names the booted system and the container of this process."""
    parts = [platform.node()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)
