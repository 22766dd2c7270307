"""The commands that report: collect, table, figure."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.config import Experiment, load_experiment
from erac_vaml.errors import UserError
from erac_vaml.options import Config, Results, results_folder


def collect(config: Config = Path("config.yaml"), results: Results = None) -> None:
    """Gather the scores of every planned run, missing ones named, into scores.csv."""
    from erac_vaml.reporting.scores import write_scores

    experiment = load_experiment(config)
    write_scores(experiment, results_folder(experiment, results))


def table(
    number: Annotated[int | None, typer.Option(min=1, max=7, help="Table of the paper, 1 to 7.")] = None,
    ablation: Annotated[str | None, typer.Option(help="An ablation grid's own table instead.")] = None,
    config: Config = Path("config.yaml"),
    results: Results = None,
) -> None:
    """Write one table as CSV, Markdown and LaTeX, the paper's numbers beside ours."""
    from erac_vaml.reporting.tables import write_ablation_table, write_table

    experiment = load_experiment(config)
    if (number is None) == (ablation is None):
        raise UserError("table: give either --number 1…7 or --ablation GRID")
    if ablation is None:
        assert number is not None
        write_table(experiment, results_folder(experiment, results), number)
    else:
        _known_grid(experiment, ablation)
        write_ablation_table(experiment, results_folder(experiment, results), ablation)


def figure(
    name: Annotated[str, typer.Option(help="figure1, learning-curves-TASK, breakdown-TASK or ablation-GRID.")],
    config: Config = Path("config.yaml"),
    results: Results = None,
) -> None:
    """Draw one figure as PDF and PNG, with its data as CSV."""
    from erac_vaml.reporting.figures import write_figure

    experiment = load_experiment(config)
    write_figure(experiment, results_folder(experiment, results), name)


def _known_grid(experiment: Experiment, name: str) -> None:
    if name not in experiment.ablations:
        known = ", ".join(experiment.ablations) or "none"
        raise UserError(f"--ablation {name}: the experiment has no such grid; it has {known}")
