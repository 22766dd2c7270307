"""Run single steps of an experiment, monitor it, and use its models.

Invalid input ends in one line and exit status 2.
"""

import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from erac_vaml.cli import bundles, comparison, data, models, operations, reference, results
from erac_vaml.cli.faults import run_command_line
from erac_vaml.cli.warm import serve

app = typer.Typer(pretty_exceptions_enable=False, help=__doc__)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"erac-vaml {version('erac-vaml')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Define the options that stand before a command."""


def warm(command: Annotated[list[str], typer.Argument(help="The command and its arguments, after `--`.")]) -> None:
    """Run a command that calls `erac-vaml` many times, and import PyTorch only once for all these calls."""
    import erac_vaml.page.summary
    import erac_vaml.runs.train  # noqa: F401

    sys.exit(serve(command, run))


for command in (
    operations.plan,
    operations.status,
    operations.curves,
    operations.doctor,
    data.prepare,
    data.features,
    models.train,
    models.export,
    models.translate,
    models.caption,
    models.score,
    bundles.bundle,
    bundles.verify,
    comparison.compare,
    results.collect,
    results.table,
    results.figure,
    results.verdict,
    results.differences,
    results.report,
    results.summarise,
    results.record,
    reference.theory,
    reference.bounds,
    reference.schema,
    warm,
):
    app.command()(command)


def run() -> NoReturn:
    """Run the command line of `sys.argv` and end the process with its exit status."""
    run_command_line(app)
