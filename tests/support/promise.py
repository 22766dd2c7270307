"""What every command promises: it finishes, or says in one line what is wrong, and what was there before stays."""

import io
import resource
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil
import pytest
import torch
from small_experiment import call, files
from spoil import Spoil

from erac_vaml.cli.faults import LOG
from erac_vaml.config import experiment
from erac_vaml.data import download

OTHER_ENDS = {"plan": (3,), "doctor": (1,), "verify": (1,), "train": (75,)}
"""Exit statuses of commands that have finished and found something, or will continue."""
CHANGES_NOTHING = ("plan", "status", "doctor", "curves", "verify", "translate", "caption", "score")
HANGS_AFTER = 300.0
"""Seconds after which a command hangs; usual ones take less than one, on a busy machine a few."""
_MORE_BYTES = 2**29
"""Memory that a command may take beyond that of the tests."""


class _Hang(BaseException):
    """The command hangs."""


@dataclass(frozen=True)
class Case:
    """A folder that is spoilt, and a command that works there."""

    spoil: Spoil
    command: str
    refused: bool = False
    """Whether the command must not accept it; otherwise it may."""

    def fault(self, folder: Path, seconds: float = HANGS_AFTER) -> str | None:
        """Spoil a copy of a folder and run the command there; return how it broke the promise, or None.

        Args:
            folder: the folder, which stays as it is.
            seconds: time after which the command hangs.
        """
        with _copied(folder) as here:
            self.spoil(here)
            before = files(here)
            status, said = ended(self.command, here, seconds)
            if isinstance(status, str):
                return status
            if (here / LOG).exists():
                return (here / LOG).read_text(encoding="utf-8")
            return self._wrong_end(status, said) or self._change(status, before, files(here))

    def _wrong_end(self, status: int, said: str) -> str | None:
        finds = OTHER_ENDS.get(self._name, ())
        if status not in (0, 2, *finds):
            return f"status {status}: {said}"
        if self.refused and status not in (2, *finds):
            return f"accepts what is wrong, status {status}"
        one_line = said.startswith("erac-vaml: ") and said.count("\n") == 1
        return None if status != 2 or one_line else f"not one line: {said}"

    def _change(self, status: int, before: dict[str, bytes], after: dict[str, bytes]) -> str | None:
        writes = status in (0, 75) and self._name not in CHANGES_NOTHING
        changed = [name for name, content in before.items() if after.get(name) != content]
        wrong = [name for name in changed if not (writes and name.startswith("results/"))]
        wrong += [] if writes else [name for name in after if name not in before]
        return f"status {status}, files written or changed: {wrong}" if wrong else None

    @property
    def _name(self) -> str:
        return self.command.split()[0]


def ended(command: str, folder: Path, seconds: float) -> tuple[int | str, str]:
    """Run a command in a folder, without a network; return its exit status, or what happened, and standard error."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ein hund\n")))
        patched.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        patched.setattr(sys, "stderr", said)
        patched.setattr(socket, "getaddrinfo", _no_network)
        patched.setattr(download, "_PAUSES", ())
        patched.setattr(experiment, "_MOST_RUNS", 100)  # Thousands of runs would be planned correctly, but slowly.
        status: int | str
        try:
            with _bounded(seconds):
                status = call(command, patched)
        except _Hang:
            torch.set_grad_enabled(True)  # It may have been interrupted while it turned gradients off.
            status = f"hangs for over {seconds:g} s"
        except MemoryError:
            status = f"takes over {_MORE_BYTES:,} bytes"
        said.flush()
    return status, said.buffer.getvalue().decode()  # type: ignore[attr-defined]


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    """Copy a folder; delete the copy after the block."""
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Limit the time and the memory of the block.

    Raises:
        _Hang: the time is over.
    """
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(seconds, signal.pthread_kill, (main, signal.SIGVTALRM))
    limits = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGVTALRM, _end)  # Training has handlers of the other signals.
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + _MORE_BYTES, limits[1]))
    # The thread ends what waits; the kernel's timer ends what computes and keeps threads out, as a regular expression.
    timer.start()
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        timer.cancel()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.signal(signal.SIGVTALRM, handler)


def _end(number: int, frame: FrameType | None) -> None:
    raise _Hang


def _no_network(*address: object) -> list[object]:
    raise socket.gaierror("no network in this test")
