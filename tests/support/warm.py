"""A process that has imported Snakemake and PyTorch. A call of a test is a fork of it, so that it imports nothing.

Most calls take seconds to import and tenths of a second to work. `erac-vaml` finds the process by its own variable, as
under `erac-vaml warm`. A call that a test kills must not be warm: the fork would outlive it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import started

from erac_vaml.cli.warm import ADDRESS, ask, serve


def snakemake_command() -> list[str]:
    """Return the command that runs Snakemake: as a fork where a warm process is at hand."""
    return [sys.executable, __file__, "snakemake"] if ADDRESS in os.environ else [sys.executable, "-m", "snakemake"]


@contextmanager
def warm_process() -> Iterator[str]:
    """Start a warm process, and end it after the block; yield its address."""
    with started([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip()


def _serve() -> None:
    """Answer calls until this process is ended; print the address first."""
    import snakemake.cli

    import erac_vaml.page.summary
    import erac_vaml.runs.train  # noqa: F401
    from erac_vaml.cli.app import run

    def work() -> None:
        if Path(sys.argv[0]) == Path(__file__):
            del sys.argv[0]
            snakemake.cli.main(sys.argv[1:])
        run()

    serve(["sh", "-c", f'echo "${ADDRESS}"; exec sleep infinity'], work)


if __name__ == "__main__":
    _serve() if sys.argv[1] == "serve" else ask(os.environ[ADDRESS])
