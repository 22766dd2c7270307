"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.config import Experiment

Config = Annotated[Path, typer.Option(help="Configuration file of the experiment.")]
Results = Annotated[Path | None, typer.Option(help="Folder of its results; results/NAME where it is not given.")]


def results_folder(experiment: Experiment, results: Path | None) -> Path:
    """Return the folder of an experiment's results: the given one, or its own."""
    return results or Path("results") / experiment.name
