"""The commands that write the page, and all at once."""

from pathlib import Path

from erac_vaml.config import load_experiment
from erac_vaml.options import Config, Results, results_folder


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
