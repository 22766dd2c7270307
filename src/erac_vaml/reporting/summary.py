"""Everything that is reported, in one go."""

from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.reporting.figures import figure_names, write_figure
from erac_vaml.reporting.report import write_report
from erac_vaml.reporting.scores import write_scores
from erac_vaml.reporting.tables import write_ablation_table, write_table


def write_summary(experiment: Experiment, results: Path) -> None:
    """Write scores.csv, every table, every figure and the report from whatever runs are there.

    Raises:
        UserError: a run's scores cannot be read, or a run's files are damaged.
    """
    write_scores(experiment, results)
    for number in range(1, 8):
        write_table(experiment, results, number)
    for grid in experiment.ablations:
        write_ablation_table(experiment, results, grid)
    for name in figure_names(experiment):
        write_figure(experiment, results, name)
    write_report(experiment, results)
