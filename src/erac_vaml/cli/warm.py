"""Fork the commands of many short jobs from one process that has imported PyTorch, instead of importing it in each.

The import takes longer than a tenth of the mini experiment's runs. `erac-vaml warm COMMAND` runs a command; every
`erac-vaml` that it starts sends its call over a socket, and a fork of the warm process does the work.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import NoReturn

ADDRESS = "ERAC_VAML_WARM"
"""Environment variable with the path of the socket of the warm process."""
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU)
_SECONDS = 0.2
"""Time between two looks at whether the command has ended."""
_LONGEST = 80
"""Bytes of a temporary folder that leave room for the socket in it, whose path has about a hundred at most."""


def serve(command: Sequence[str], work: Callable[[], NoReturn]) -> int:
    """Run a command, and the calls of `erac-vaml` below it as forks of this process; return its exit status.

    The status is the one that a shell gives: 128 + N for a command that signal N ended.

    Args:
        command: the command with its arguments.
        work: runs the command line of `sys.argv` and raises SystemExit; what it needs is imported already.

    Raises:
        OSError: there is no such command, or no socket can be made.
    """
    forks: set[int] = set()
    place = None if len(os.fsencode(gettempdir())) <= _LONGEST else "/tmp"
    with TemporaryDirectory(dir=place) as folder, socket.socket(socket.AF_UNIX) as listener:
        address = str(Path(folder, "socket"))
        listener.bind(address)
        listener.listen(64)
        running = subprocess.Popen(command, env=os.environ | {ADDRESS: address})
        # Ctrl-C reaches the command as well, which ends its jobs; a fork has a process group of its own.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _: running.send_signal(number))
        while (status := running.poll()) is None:
            if select.select([listener], [], [], _SECONDS)[0]:
                connection, _ = listener.accept()
                with connection:
                    forks.add(os.fork() or _answer(connection, work))
            forks -= {fork for fork in forks if os.waitpid(fork, os.WNOHANG)[0]}
    return status if status >= 0 else 128 - status


def ask(address: str) -> NoReturn:
    """Have the warm process run this process's command line; end with its exit status. Signals are passed on."""
    # A signal that comes before the fork is known waits; it would end this process and leave the fork at work.
    signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as answers:
        connection.connect(address)
        call = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode() + b"\n"
        socket.send_fds(connection, [call], [0, 1, 2])
        fork = int(answers.readline() or 0)
        for number in _FORWARDED:
            if signal.getsignal(number) != signal.SIG_IGN:  # Under `nohup`, SIGHUP stays ignored.
                signal.signal(number, lambda sent, _: os.kill(fork, sent))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
        sys.exit(int(answers.readline() or 1))


def _answer(connection: socket.socket, work: Callable[[], NoReturn]) -> NoReturn:
    """Do the work of one call in this fork, with the caller's arguments, folder, environment and streams."""
    received, streams, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    while not received.endswith(b"\n"):
        received += connection.recv(1 << 16)
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.argv, folder, environment = json.loads(received)
    for stream, standard in zip(streams, (0, 1, 2), strict=True):
        os.dup2(stream, standard)
    # New objects, because Python's own remember whether this process writes to a file, a pipe or a terminal.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    connection.sendall(b"%d\n" % os.getpid())
    status = 1
    try:
        work()
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(b"%d\n" % status)
    os._exit(status)
