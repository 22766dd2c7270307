"""The exceptions for what a person can cause and fix."""


class UserError(Exception):
    """A fault in the input: says in one line what is wrong, where, and how to fix it (exit status 2)."""


class UnreadableError(UserError):
    """A file is there but may not be read, for example because it is another user's: it may well be sound."""

    def __init__(self, path: object, error: OSError) -> None:
        """Name the file and what the system says."""
        super().__init__(f"{path}: cannot be read ({error.strerror or error}); check its permissions")
