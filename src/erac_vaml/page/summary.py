"""Write all results of the runs that are there, each after those that it depends on."""

from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.page.report import write_report
from erac_vaml.plan import Plan
from erac_vaml.reporting.collected_scores import collect_scores
from erac_vaml.reporting.figures.catalogue import figure_names
from erac_vaml.reporting.figures.drawing import write_figure
from erac_vaml.reporting.tables import table_names, write_table
from erac_vaml.verdict.inputs import recipe_tables
from erac_vaml.verdict.recipe_differences import write_differences
from erac_vaml.verdict.verdict_files import write_verdict


def summarise(experiment: Experiment, results: Path) -> None:
    """Write scores.csv, every table and figure, the verdict, the recipe differences, report.html and checklist.md.

    Raises:
        UserError: a file of a run cannot be read.
    """
    collect_scores(Plan(experiment), results)
    for name in table_names(experiment):
        write_table(experiment, results, name)
    for name in figure_names(experiment):
        write_figure(experiment, results, name)
    write_verdict(experiment, results)
    if recipe_tables(experiment):
        write_differences(experiment, results)
    write_report(experiment, results)
