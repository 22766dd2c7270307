"""The one exception for what a person can cause and mend."""


class UserError(Exception):
    """A fault in the input: says in one line what is wrong, where, and how to mend it (exit status 2)."""
