"""Processes that tests start. None outlives its test, and none outlives pytest, even if pytest is killed.

Each process is started with a mark in its environment. All its descendants inherit the mark, daemons too, and are found
by it. A keeper process ends them when pytest is gone. Slurm's step daemons overwrite their environment: they are found
by their working folder, which the environment of the other daemons names.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

MARK, FOLDER = "STARTED_BY_TEST", "STARTED_BY_TEST_IN"
_PR_SET_PDEATHSIG = 1


def new_mark() -> str:
    """Return a new mark that begins with the mark of this process."""
    return f"{os.environ.get(MARK, '')}/{uuid4().hex}"


def end_all(mark: str) -> None:
    """Kill all processes whose mark begins with this one, and those that work in their folders, until none is left."""
    folders: set[str] = set()
    while found := [process for process in psutil.process_iter() if _belongs(process, mark, folders)]:
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.02)


def _belongs(process: psutil.Process, mark: str, folders: set[str]) -> bool:
    """Return whether a process has the mark, or has no environment and works in one of the folders; add its folder."""
    with suppress(psutil.Error, OSError):
        environment = process.environ()
        if environment.get(MARK, "").startswith(mark):
            folders.update(filter(None, [environment.get(FOLDER)]))
            return True
        return not environment and any(Path(process.cwd()).is_relative_to(folder) for folder in folders)
    return False


@contextmanager
def started(command: list[Any], folder: Path | None = None, **options: Any) -> Iterator[subprocess.Popen]:
    """Run a command in a session of its own within the block; at the end kill the command and its descendants.

    Args:
        command: the program and its arguments.
        folder: the working folder of its daemons.
        options: options of Popen.
    """
    mark = new_mark()
    options["env"] = dict(options.get("env") or os.environ) | {MARK: mark}
    if folder is not None:
        options["env"][FOLDER] = str(folder)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            end_all(mark)


def run(command: list[Any], **options: Any) -> subprocess.CompletedProcess:
    """Run a command to its end; return its exit status and its output as text."""
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options) as process:
        output, errors = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def wait_until(condition: Callable[[], Any], process: subprocess.Popen | None = None) -> bool:
    """Wait for a condition; return whether it was met.

    Stop waiting when the process that should meet it has ended, or after half an hour, because then something hangs.
    """
    for _ in range(100_000):
        ended = process is not None and process.poll() is not None
        if condition():
            return True
        if ended:
            return False
        time.sleep(0.02)
    return False


def pytest_configure() -> None:
    """Set the mark of all processes that this pytest starts, and start the keeper that ends them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # So a shell starts background commands.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    mark = new_mark()
    keeper = [sys.executable, __file__, mark, str(os.getpid())]
    unmarked = {name: value for name, value in os.environ.items() if name != MARK}
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    subprocess.Popen(keeper, env=unmarked, start_new_session=True, **quiet)
    os.environ[MARK] = mark
    # A fork keeps pytest's first environment, without the mark. Linux ends it together with its parent.
    if sys.platform == "linux":
        os.register_at_fork(after_in_child=lambda: ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))


def _keep(mark: str, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.1)
    end_all(mark)


if __name__ == "__main__":
    _keep(sys.argv[1], int(sys.argv[2]))
