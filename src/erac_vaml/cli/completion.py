"""Complete the names of runs and of data sets in a shell, from the configuration that the command line names."""

from collections.abc import Iterable
from pathlib import Path

import typer

from erac_vaml.cli.options import experiment_and_results
from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.plan import Plan


def complete_run(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the planned runs that begin with a text, as task/algorithm/run, or as paths if the text begins a path."""
    try:
        experiment, folder = _experiment(ctx)
        paths = list(Plan(experiment).runs)
    except (UserError, OSError):
        return []
    short = [path.removeprefix("runs/") for path in paths]
    full = [f"{folder}/{path}" for path in paths]
    return next((found for form in (short, paths, full) if (found := _beginning(form, incomplete))), [])


def complete_dataset(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of data sets that begin with a text."""
    try:
        return _beginning(_experiment(ctx)[0].datasets, incomplete)
    except (UserError, OSError):
        return []


def _experiment(ctx: typer.Context) -> tuple[Experiment, Path]:
    return experiment_and_results(ctx.params.get("config"), ctx.params.get("results"))


def _beginning(names: Iterable[str], text: str) -> list[str]:
    return [name for name in names if name.startswith(text)]
