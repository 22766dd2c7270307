"""The command that trains a run: train."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.options import (
    Config,
    Device,
    PlannedSettings,
    Results,
    Threads,
    refuse_other_settings,
    results_folder,
    set_threads,
)
from erac_vaml.config import load_experiment, with_execution


def train(
    run: Annotated[str, typer.Option(help="The run, as `erac-vaml plan --runs` names it.")],
    config: Config = Path("config.yaml"),
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
    settings: PlannedSettings = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            envvar="ERAC_VAML_TIME_LIMIT",
            help="Minutes that this job may take; Slurm is asked where it is not given. The run stops before, by the "
            "experiment's margin, with a checkpoint and exit status 75.",
        ),
    ] = None,
    execution: Annotated[
        str | None,
        typer.Option(help="Section `execution` as JSON, in place of the configuration's: it changes no number."),
    ] = None,
    keep_files: Annotated[
        bool,
        typer.Option(
            "--keep-files",
            help="Keep the finished run's files in its state folder, too, and take them from there where they have "
            "been lost; the workflow's runs do, for Snakemake deletes files of runs that it has not seen to end.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Train a finished run again.")] = False,
) -> None:
    """Train one run, score it on test and write its files; the runs that it starts from must be there.

    A run that was stopped or killed continues from its last checkpoint. A finished run stays as it is.
    """
    from erac_vaml.runs.device import choose_device
    from erac_vaml.runs.stopping import EXIT_STATUS, StoppedError
    from erac_vaml.runs.train import find_run, train_run

    experiment = load_experiment(config)
    if execution is not None:
        experiment = with_execution(experiment, execution)
    set_threads(threads)
    found = find_run(experiment, run)
    refuse_other_settings(settings, found.digest, str(found.path), config)
    folder = results_folder(experiment, results)
    try:
        scores = train_run(
            experiment, found, folder, choose_device(device), time_limit, keep_files=keep_files, force=force
        )
    except StoppedError as stopped:
        print(f"{found.path}: stopped ({stopped}); started again, it goes on from {folder / found.state_path}")
        sys.exit(EXIT_STATUS)
    shown = (f"{name} {value:.4g}" for name, value in scores.measures.items() if value is not None)
    print(f"{found.path}: {scores.status}  " + "  ".join(shown))
