"""Run each step on files, without the workflow. Invalid input ends in one line and exit status 2."""

from typing import NoReturn

import typer

from erac_vaml.cli import data, models, operations, reference, results
from erac_vaml.cli.faults import run_command_line

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)

for command in (
    operations.plan,
    operations.status,
    operations.doctor,
    data.prepare,
    data.features,
    models.train,
    models.translate,
    models.caption,
    models.score,
    results.collect,
    results.table,
    results.figure,
    results.verdict,
    results.differences,
    results.report,
    results.summarise,
    reference.theory,
    reference.bounds,
    reference.schema,
):
    app.command()(command)


def main() -> NoReturn:
    """Run the command line; the entry point of `erac-vaml`."""
    run_command_line(app)
