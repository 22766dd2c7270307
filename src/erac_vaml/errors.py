"""Exceptions for errors that a user can cause and fix, and parts of their messages."""

import errno
from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import ValidationError


class UserError(Exception):
    """An error in the input; its message says in one line what is wrong, where, and how to fix it (exit status 2)."""


class UnreadableError(UserError):
    """A file exists but cannot be read, for example because it belongs to another user; its content may be correct."""

    def __init__(self, path: object, error: OSError) -> None:
        """Make the message from the file's path and the system's error."""
        super().__init__(f"{path}: cannot be read ({error.strerror or error}); check its permissions")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `did you mean NAME? ` with the known name that is most similar to an unknown one, or an empty string."""
    similar = get_close_matches(name, known, n=1)
    return f"did you mean {similar[0]}? " if similar else ""


def content_fault(error: ValidationError) -> str:
    """Return what is wrong first with the content of a file, and in which field."""
    first = error.errors()[0]
    where, what = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


def system_fault(error: OSError) -> str:
    """Return in one line what the operating system refused, for which file, and how to fix it."""
    fix = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "check the path and its permissions"
    where = "" if error.filename is None else f"{error.filename}: "
    return f"{where}{error.strerror or error}; {fix}"
