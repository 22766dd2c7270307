"""The commands that report: collect, table, figure, verdict, differences, report, summarise."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.options import Config, Results, results_folder
from erac_vaml.config import Experiment, load_experiment
from erac_vaml.errors import UserError


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


def verdict(config: Config = Path("config.yaml"), results: Results = None) -> None:
    """Write what the runs say of the paper's numbers and claims: verdict.json and verdict.md."""
    from erac_vaml.verdict.experiment import write_verdict

    experiment = load_experiment(config)
    folder = results_folder(experiment, results)
    write_verdict(experiment, folder)
    print(folder / "verdict.md")


def differences(config: Config = Path("config.yaml"), results: Results = None) -> None:
    """Write what each difference between the paper's text and its released code does: a table and a forest plot."""
    from erac_vaml.verdict.experiment import write_differences

    experiment = load_experiment(config)
    folder = results_folder(experiment, results)
    write_differences(experiment, folder)
    print(folder / "tables" / "recipe-differences.md")


def report(config: Config = Path("config.yaml"), results: Results = None) -> None:
    """Write one HTML page with the verdict, all tables, figures and samples, cost and provenance: report.html."""
    from erac_vaml.page.write import write_report

    experiment = load_experiment(config)
    folder = results_folder(experiment, results)
    write_report(experiment, folder)
    print(folder / "report.html")


def summarise(config: Config = Path("config.yaml"), results: Results = None) -> None:
    """Write scores.csv, every table, every figure, the verdict and the report from whatever runs are there."""
    from erac_vaml.page.write import write_report
    from erac_vaml.reporting.figures import figure_names, write_figure
    from erac_vaml.reporting.scores import write_scores
    from erac_vaml.reporting.tables import write_ablation_table, write_table
    from erac_vaml.verdict.experiment import write_differences, write_verdict

    experiment = load_experiment(config)
    folder = results_folder(experiment, results)
    write_scores(experiment, folder)
    for number in range(1, 8):
        write_table(experiment, folder, number)
    for grid in experiment.ablations:
        write_ablation_table(experiment, folder, grid)
    for name in figure_names(experiment):
        write_figure(experiment, folder, name)
    write_verdict(experiment, folder)
    write_differences(experiment, folder)
    write_report(experiment, folder)
    print(folder / "report.html")


def _known_grid(experiment: Experiment, name: str) -> None:
    if name not in experiment.ablations:
        known = ", ".join(experiment.ablations) or "none"
        raise UserError(f"--ablation {name}: the experiment has no such grid; it has {known}")
