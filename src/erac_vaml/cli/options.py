"""Options that commands share."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Annotated

import typer

from erac_vaml.config import Experiment, load_experiment
from erac_vaml.errors import UserError
from erac_vaml.plan import Plan, Run

Config = Annotated[
    list[Path] | None,
    typer.Option(
        help="Configuration file. Of several (--config A --config B), later ones override settings of earlier ones.",
        show_default="config.yaml of the folder given by --results, or else config.yaml",
    ),
]
Results = Annotated[Path | None, typer.Option(help="Folder of the results (default: results/NAME).")]

PlannedSettings = Annotated[
    str | None,
    typer.Option(
        "--settings",
        help="Digest of the settings that the workflow planned this job with; other settings are refused.",
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Threads = Annotated[int | None, typer.Option(min=1, max=1024, help="CPU threads (default: PyTorch chooses).")]


def experiment_and_results(config: Sequence[Path] | None, results: Path | None = None) -> tuple[Experiment, Path]:
    """Return the experiment of configuration files and the folder of its results.

    Args:
        config: the files; None: the default (`configuration_files`).
        results: the folder; None: results/NAME.

    Raises:
        UserError: a configuration file is missing or invalid.
    """
    experiment = load_experiment(*configuration_files(config, results))
    return experiment, results or experiment.results


def run_and_results(
    name: str, config: Sequence[Path] | None, results: Path | None = None
) -> tuple[Experiment, Run, Path]:
    """Return a planned run with its experiment and the folder of its results.

    Args:
        name: for example mt/mle/seed1, or its path, for example results/mini/runs/mt/mle/seed1. If neither `config` nor
            `results` is given, the path names the folder of the results, and the configuration in it is used.
        config: configuration files; None: the default.
        results: the folder; None: the one in the name, or else results/NAME.

    Raises:
        UserError: a configuration file is missing or invalid, or the experiment plans no such run in this folder.
    """
    path = PurePath(name)
    named = Path(*path.parts[:-4]) if path.parts[-4:-3] == ("runs",) and len(path.parts) > 4 else None
    if named and not config and not results and (named / "config.yaml").exists():
        results = named
    experiment, folder = experiment_and_results(config, results)
    if named is None:
        return experiment, Plan(experiment).run(name), folder
    if named.resolve() != folder.resolve():
        raise UserError(
            f"{name}: is not in {folder}, the results of experiment {experiment.name!r}; name a run there, or give "
            "the other folder as --results"
        )
    return experiment, Plan(experiment).run(str(path.relative_to(named))), folder


def configuration_files(config: Sequence[Path] | None, results: Path | None) -> list[Path]:
    """Return the given configuration files, or the one in the folder of the results, or else config.yaml."""
    own = results / "config.yaml" if results else None
    return list(config or [own if own and own.exists() else Path("config.yaml")])


def refuse_other_settings(planned: str | None, found: str, what: str) -> None:
    """Check that nobody has edited a job's settings since it was planned.

    Args:
        planned: digest of the settings when the job was planned; None accepts any settings.
        found: digest of the settings now.
        what: name of the run or data set, for the message.

    Raises:
        UserError: the settings have changed.
    """
    if planned is not None and planned != found:
        raise UserError(
            f"{what}: was planned with settings {planned}, the configuration has {found} now; restore the settings, or "
            "stop the workflow and start it again"
        )


def set_threads(threads: int | None) -> None:
    """Set the number of CPU threads if one is given, and let the process keep the memory that it frees."""
    from erac_vaml.kernels.allocator import keep_freed_memory

    keep_freed_memory()
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
