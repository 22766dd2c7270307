"""The commands that say what the runs say of the paper, and of its released code."""

from pathlib import Path

from erac_vaml.config import load_experiment
from erac_vaml.options import Config, Results, results_folder


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
