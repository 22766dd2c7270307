"""The commands that prepare data: prepare, features."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.completion import complete_dataset
from erac_vaml.cli.options import (
    Config,
    Device,
    PlannedSettings,
    Threads,
    experiment_and_results,
    refuse_other_settings,
    set_threads,
)
from erac_vaml.config.datasets import CaptionedImages, Dataset
from erac_vaml.errors import UserError, did_you_mean


def prepare(
    dataset: Annotated[str, typer.Option(help="A data set of the configuration.", autocompletion=complete_dataset)],
    output: Annotated[Path | None, typer.Option(help="Folder to write (default: results/NAME/data/DATASET).")] = None,
    config: Config = None,
    planned: PlannedSettings = None,
) -> None:
    """Prepare a data set: write vocabularies, ids and statistics from its raw text or captions."""
    settings, folder = _settings_and_folder(dataset, output, config, planned)
    if isinstance(settings, CaptionedImages):
        from erac_vaml.data.prepare_captions import prepare_captions

        prepare_captions(dataset, settings, folder)
    else:
        from erac_vaml.data.prepare_text import prepare_text

        prepare_text(dataset, settings, folder)


def features(
    dataset: Annotated[
        str, typer.Option(help="A prepared data set of captioned images.", autocompletion=complete_dataset)
    ],
    output: Annotated[Path | None, typer.Option(help="Its folder (default: results/NAME/data/DATASET).")] = None,
    config: Config = None,
    device: Device = "auto",
    threads: Threads = None,
    planned: PlannedSettings = None,
) -> None:
    """Compute the features of a data set's images, or copy features that are given."""
    from erac_vaml.data.prepare_captions import write_features
    from erac_vaml.runs.device import choose_device

    settings, folder = _settings_and_folder(dataset, output, config, planned)
    if not isinstance(settings, CaptionedImages):
        raise UserError(f"--dataset {dataset}: is text, which has no features; name a data set of captioned images")
    set_threads(threads)
    write_features(settings, folder, choose_device(device))


def _settings_and_folder(
    name: str, output: Path | None, config: list[Path] | None, planned: str | None
) -> tuple[Dataset, Path]:
    """Return the settings of a data set and the folder of its prepared data.

    Raises:
        UserError: the experiment has no such data set, or its settings differ from the planned ones.
    """
    experiment, results = experiment_and_results(config)
    if name not in experiment.datasets:
        known = ", ".join(experiment.datasets)
        raise UserError(
            f"--dataset {name}: experiment {experiment.name!r} has no such data set; "
            f"{did_you_mean(name, experiment.datasets)}it has {known}"
        )
    settings = experiment.datasets[name]
    refuse_other_settings(planned, settings.digest, f"datasets.{name}")
    return settings, output or results / "data" / name
