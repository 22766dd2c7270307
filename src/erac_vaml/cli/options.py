"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.config import Experiment, load_experiment
from erac_vaml.errors import UserError

Config = Annotated[Path, typer.Option(help="Configuration file of the experiment.")]
ResultsConfig = Annotated[
    Path | None,
    typer.Option(
        help="Configuration file of the experiment.",
        show_default="config.yaml of the folder given by --results, or else config.yaml",
    ),
]
Results = Annotated[Path | None, typer.Option(help="Folder of its results; results/NAME by default.")]

PlannedSettings = Annotated[
    str | None,
    typer.Option(
        "--settings",
        help="Digest of the settings with which the workflow planned this job. Other settings are refused.",
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads; by default PyTorch chooses.")]


def experiment_and_results(config: Path | None, results: Path | None) -> tuple[Experiment, Path]:
    """Return the experiment of a configuration file and the folder of its results.

    Args:
        config: the file; None: the one in the folder of the results, if there is one, or else config.yaml.
        results: the folder; None: results/NAME.

    Raises:
        UserError: the configuration is missing or invalid.
    """
    if config is None:
        own = results / "config.yaml" if results else Path("config.yaml")
        config = own if own.exists() else Path("config.yaml")
    experiment = load_experiment(config)
    return experiment, results or experiment.results


def refuse_other_settings(planned: str | None, found: str, what: str, config: Path) -> None:
    """Check that nobody has edited a job's settings since it was planned.

    Args:
        planned: digest of the settings when the job was planned; None accepts any settings.
        found: digest of the settings now.
        what: name of the run or data set, for the message.
        config: the configuration file, for the message.

    Raises:
        UserError: the settings have changed.
    """
    if planned is not None and planned != found:
        raise UserError(
            f"{what}: was planned with settings {planned}, {config} has {found} now; put the settings back, or end the "
            "workflow and start it again"
        )


def set_threads(threads: int | None) -> None:
    """Set the number of CPU threads if one is given, and let the process keep the memory that it frees."""
    from erac_vaml.kernels.allocator import keep_freed_memory

    keep_freed_memory()
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
