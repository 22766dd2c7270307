"""The commands that say what the runs say of the paper, and all at once."""

from pathlib import Path

from erac_vaml.config import load_experiment
from erac_vaml.options import Config, Results, results_folder


def verdict(config: Config = Path("config.yaml"), results: Results = None) -> None:
    """Write what the runs say of the paper's numbers and claims: verdict.json and verdict.md."""
    from erac_vaml.verdict.experiment import write_verdict

    experiment = load_experiment(config)
    write_verdict(experiment, results_folder(experiment, results))


def differences(config: Config = Path("config.yaml"), results: Results = None) -> None:
    """Write what each difference between the paper's text and its released code does: a table and a forest plot."""
    from erac_vaml.verdict.experiment import write_differences

    experiment = load_experiment(config)
    write_differences(experiment, results_folder(experiment, results))


def summarise(config: Config = Path("config.yaml"), results: Results = None) -> None:
    """Write scores.csv, every table, every figure, the report and the verdict from whatever runs are there."""
    from erac_vaml.reporting.figures import figure_names, write_figure
    from erac_vaml.reporting.report import write_report
    from erac_vaml.reporting.scores import write_scores
    from erac_vaml.reporting.tables import write_ablation_table, write_table
    from erac_vaml.verdict.experiment import write_verdict

    experiment = load_experiment(config)
    folder = results_folder(experiment, results)
    write_scores(experiment, folder)
    for number in range(1, 8):
        write_table(experiment, folder, number)
    for grid in experiment.ablations:
        write_ablation_table(experiment, folder, grid)
    for name in figure_names(experiment):
        write_figure(experiment, folder, name)
    write_report(experiment, folder)
    write_verdict(experiment, folder)
