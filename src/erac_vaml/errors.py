"""Exceptions for errors that a user can cause and fix."""


class UserError(Exception):
    """An error in the input; its message says in one line what is wrong, where, and how to fix it (exit status 2)."""


class UnreadableError(UserError):
    """A file exists but cannot be read, for example because it belongs to another user; its content may be correct."""

    def __init__(self, path: object, error: OSError) -> None:
        """Make the message from the file's path and the system's error."""
        super().__init__(f"{path}: cannot be read ({error.strerror or error}); check its permissions")
