"""The command line: one file for each group of commands."""

import os
from typing import NoReturn

from erac_vaml.cli.warm import ADDRESS, ask


def main() -> NoReturn:
    """Run the command line; the entry point of `erac-vaml`."""
    address = os.environ.get(ADDRESS, "")
    if os.path.exists(address):
        ask(address)
    # Imported here because a call that a warm process answers needs nothing of it.
    from erac_vaml.cli.app import run

    run()
