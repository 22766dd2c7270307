"""The commands that prepare data: prepare, features."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.options import (
    Config,
    Device,
    PlannedSettings,
    Threads,
    refuse_other_settings,
    results_folder,
    set_threads,
)
from erac_vaml.config import Experiment, load_experiment
from erac_vaml.config.datasets import CaptionedImages, Dataset
from erac_vaml.errors import UserError


def prepare(
    dataset: Annotated[str, typer.Option(help="Name of the data set in the configuration.")],
    output: Annotated[Path | None, typer.Option(help="Folder; results/NAME/data/DATASET by default.")] = None,
    config: Config = Path("config.yaml"),
    planned: PlannedSettings = None,
) -> None:
    """Turn one data set's raw text, or captions, into vocabularies, ids and statistics."""
    experiment = load_experiment(config)
    settings = _dataset(experiment, dataset, config)
    refuse_other_settings(planned, settings.digest, f"datasets.{dataset}", config)
    folder = output or results_folder(experiment, None) / "data" / dataset
    if isinstance(settings, CaptionedImages):
        from erac_vaml.data.prepare_captions import prepare_captions

        prepare_captions(dataset, settings, folder)
    else:
        from erac_vaml.data.prepare_text import prepare_text

        prepare_text(dataset, settings, folder)


def features(
    dataset: Annotated[str, typer.Option(help="Name of a prepared data set of captioned images.")],
    output: Annotated[Path | None, typer.Option(help="Its folder; results/NAME/data/DATASET by default.")] = None,
    config: Config = Path("config.yaml"),
    device: Device = "auto",
    threads: Threads = None,
    planned: PlannedSettings = None,
) -> None:
    """Turn a data set's images into the features that captioning starts from, or take those that are given."""
    from erac_vaml.data.prepare_captions import write_features
    from erac_vaml.runs.device import choose_device

    experiment = load_experiment(config)
    settings = _dataset(experiment, dataset, config)
    refuse_other_settings(planned, settings.digest, f"datasets.{dataset}", config)
    if not isinstance(settings, CaptionedImages):
        raise UserError(f"--dataset {dataset}: is text, which has no features; name a data set of captioned images")
    set_threads(threads)
    write_features(settings, output or results_folder(experiment, None) / "data" / dataset, choose_device(device))


def _dataset(experiment: Experiment, name: str, config: Path) -> Dataset:
    if name not in experiment.datasets:
        known = ", ".join(experiment.datasets)
        raise UserError(f"--dataset {name}: {config} has no such data set; it has {known}")
    return experiment.datasets[name]
