"""Stop a run in time: before the job's time limit, or on a signal."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Literal

from erac_vaml.errors import UserError

EXIT_STATUS = 75
"""Exit status of a run that was stopped and will continue when started again: EX_TEMPFAIL of sysexits.h."""

Reason = Literal["time limit", "signal"]

_SIGNALS = (
    *(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU),
    signal.SIGALRM,  # The end of the time.
)
_LONGEST_SECONDS = 365 * 86_400.0
"""Limit of what a timer takes."""


class StoppedError(Exception):
    """The run has to stop."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Set the kind of reason, and its description."""
        super().__init__(detail)
        self.reason: Reason = reason


class Stopping:
    """Catches signals and the end of the time, and raises `StoppedError` where it is safe to stop.

    A closed terminal sends SIGHUP, and a limit of CPU time SIGXCPU. Grid Engine sends SIGUSR1, Slurm the signal that a
    job asks for, often SIGUSR1, and LSF SIGUSR2 ten minutes before the limit.
    """

    def __init__(self, seconds: float | None) -> None:
        """Set the time limit in seconds from `installed` on; None: no limit."""
        self._seconds = seconds
        self._request: StoppedError | None = None
        self._interruptible = False

    @property
    def requested(self) -> bool:
        """Whether the run has to stop."""
        return self._request is not None

    def check(self) -> None:
        """Raise an error if the run has to stop.

        Raises:
            StoppedError: the run has to stop.
        """
        if self._request is not None:
            raise self._request

    def wait(self, seconds: float) -> None:
        """Wait; stop waiting as soon as the run has to stop.

        Raises:
            StoppedError: the run has to stop.
        """
        with self.interruptible():
            time.sleep(seconds)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the run be stopped anywhere in the block, which must not change anything that a checkpoint holds."""
        self.check()
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Catch signals and the end of the time in the block."""
        # Under `nohup`, SIGHUP stays ignored.
        caught = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        before = [signal.signal(number, self._note) for number in caught]
        if self._seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            for number, handler in zip(caught, before, strict=True):
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._request is None:
            out_of_time = number == signal.SIGALRM
            detail = "its time is over" if out_of_time else f"signal {signal.Signals(number).name}"
            self._request = StoppedError("time limit" if out_of_time else "signal", detail)
        if self._interruptible:
            self._interruptible = False
            raise self._request


def seconds_left(limit_minutes: float | None, margin_minutes: float) -> float | None:
    """Return the seconds that a run may take from now on, or None if there is no limit.

    Args:
        limit_minutes: time limit of the job; None: Slurm's limit, if Slurm runs the job.
        margin_minutes: part of the limit that is kept for the last step, its checkpoint and the end.

    Raises:
        UserError: no time is left.
    """
    if limit_minutes is not None:
        left = 60 * (limit_minutes - margin_minutes)
    else:
        end = _end_of_slurm_job()
        if end is None:
            return None
        left = end - time.time() - 60 * margin_minutes
    if left <= 0:
        raise UserError(
            f"the job's time limit is not longer than execution.time_margin_minutes, {margin_minutes:g}; give the job "
            "more time (resources.runtime), or set a smaller margin"
        )
    return min(left, _LONGEST_SECONDS)


def _end_of_slurm_job() -> float | None:
    """Return the end of this Slurm job in seconds since 1970; None if there is no job, no limit or no answer."""
    if os.environ.get("SLURM_JOB_END_TIME", "").isdecimal():
        return float(os.environ["SLURM_JOB_END_TIME"])
    if "SLURM_JOB_ID" not in os.environ:
        return None
    # Slurm before version 23 does not set the variable, but squeue knows the end.
    question = ["squeue", "--noheader", "--jobs", os.environ["SLURM_JOB_ID"], "--format", "%e"]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, timeout=60)
        return datetime.fromisoformat(answer.stdout.strip()).timestamp()
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
