"""The commands that report: collect, table, figure, verdict, differences, report, summarise, record."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.options import Config, Results, experiment_and_results
from erac_vaml.config import Experiment
from erac_vaml.errors import UserError


def collect(config: Config = None, results: Results = None) -> None:
    """Write the scores of every planned run into scores.csv, with a row for each missing run."""
    from erac_vaml.plan import Plan
    from erac_vaml.reporting.collected_scores import collect_scores

    experiment, folder = experiment_and_results(config, results)
    collect_scores(Plan(experiment), folder)


def table(
    number: Annotated[int | None, typer.Option(min=1, max=7, help="Table of the paper, 1 to 7.")] = None,
    ablation: Annotated[str | None, typer.Option(help="Name of an ablation grid, for its table instead.")] = None,
    config: Config = None,
    results: Results = None,
) -> None:
    """Write one table as CSV, Markdown, LaTeX and HTML, with the paper's numbers beside ours."""
    from erac_vaml.reporting.names import ABLATION
    from erac_vaml.reporting.tables import write_table

    experiment, folder = experiment_and_results(config, results)
    if (number is None) == (ablation is None):
        raise UserError("table: give either --number 1…7 or --ablation GRID")
    name = f"table{number}" if ablation is None else f"{ABLATION}{ablation}"
    write_table(experiment, folder, name)


def figure(
    name: Annotated[str, typer.Option(help="figure1, learning-curves-TASK, breakdown-TASK or ablation-GRID.")],
    config: Config = None,
    results: Results = None,
) -> None:
    """Draw one figure as PDF and PNG, with its data as CSV."""
    from erac_vaml.reporting.figures.drawing import write_figure

    experiment, folder = experiment_and_results(config, results)
    write_figure(experiment, folder, name)


def verdict(config: Config = None, results: Results = None) -> None:
    """Test the paper's numbers and claims on scores.csv; write verdict.json and verdict.md. Run `collect` first."""
    from erac_vaml.verdict.verdict_files import write_verdict

    _write_and_say(write_verdict, config, results, "verdict.md")


def differences(config: Config = None, results: Results = None) -> None:
    """Write the effect of each difference between the paper's text and its released code: a table and a forest plot."""
    from erac_vaml.verdict.recipe_differences import write_differences

    _write_and_say(write_differences, config, results, "tables/recipe-differences.md")


def report(config: Config = None, results: Results = None) -> None:
    """Write report.html and checklist.md from the files of `collect`, `table`, `figure`, `verdict`, `differences`."""
    from erac_vaml.page.report import write_report

    _write_and_say(write_report, config, results, "report.html")


def summarise(config: Config = None, results: Results = None) -> None:
    """Write scores.csv, all tables and figures, the verdict and the report from the finished runs."""
    from erac_vaml.page.summary import summarise as write_everything

    _write_and_say(write_everything, config, results, "report.html")


def record(
    output: Annotated[Path, typer.Option(help="A new folder, such as results/recorded/NAME.")],
    config: Config = None,
    results: Results = None,
) -> None:
    """Copy the runs without their models, and write all results from the copy: a record that others can check."""
    from erac_vaml.page.record import record as write_record

    experiment, folder = experiment_and_results(config, results)
    write_record(experiment, folder, output)
    print(output / "report.html")


def _write_and_say(
    write: Callable[[Experiment, Path], None], config: list[Path] | None, results: Path | None, main_file: str
) -> None:
    """Write results of an experiment and print the path of the file to open."""
    experiment, folder = experiment_and_results(config, results)
    write(experiment, folder)
    print(folder / main_file)
