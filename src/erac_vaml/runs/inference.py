"""Translate a text, or caption images, with a trained run's actor."""

from pathlib import Path

import numpy as np
import torch

from erac_vaml.config import Experiment
from erac_vaml.data.batches import Split
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.features import Features
from erac_vaml.data.images import Images
from erac_vaml.data.prepared import PreparedDataset, load_prepared, no_targets, source_split
from erac_vaml.errors import UserError
from erac_vaml.evaluation.translate import translate
from erac_vaml.plan import Run
from erac_vaml.runs.assembly import trained_network
from erac_vaml.runs.device import choose_precision
from erac_vaml.runs.origin import check_trained
from erac_vaml.training.stages.base import Context


def translate_text(experiment: Experiment, run: Run, results: Path, source: Path, device: torch.device) -> list[str]:
    """Return the translations of a tokenised, lower-cased text by a trained run's actor.

    Raises:
        UserError: the run has no actor or captions images, or the run or the text is missing or damaged.
    """
    dataset = _dataset(experiment, run, results)
    if dataset.source_vocabulary is None:
        raise UserError(f"{run.path}: captions images, and translates no text; name a run of a translation task")
    split = source_split(read_lines(source), dataset.source_vocabulary)
    return _decode(run, dataset, split, results, device)


def caption_images(
    experiment: Experiment, run: Run, results: Path, features: Features, device: torch.device
) -> list[str]:
    """Return a caption of each image, given its features, by a trained run's actor.

    Raises:
        UserError: the run has no actor or translates text, or it was trained on features of a different width.
    """
    dataset = _dataset(experiment, run, results)
    if dataset.source_vocabulary is not None:
        raise UserError(f"{run.path}: translates text, and captions no images; name a run of a captioning task")
    width = features.matrix.shape[1]
    if width != dataset.feature_width:
        raise UserError(
            f"features of {width} numbers, {run.path} was trained on {dataset.feature_width}; give those of its network"
        )
    split = Split(Images(features.matrix, np.arange(len(features.names))), no_targets(len(features.names)))
    return _decode(run, dataset, split, results, device)


def _dataset(experiment: Experiment, run: Run, results: Path) -> PreparedDataset:
    """Return the data set that a run was trained on; check that the run was trained as planned."""
    if not run.speaks:
        raise UserError(f"{run.path}: a {run.stage} says nothing; name a run of mle, raml, vaml, ac or erac")
    name = experiment.tasks[run.task].dataset
    dataset = load_prepared(results / "data" / name, experiment.datasets[name])
    check_trained(run, results, results / "data" / name)
    return dataset


def _decode(run: Run, dataset: PreparedDataset, split: Split, results: Path, device: torch.device) -> list[str]:
    """Return the output of a trained run's actor for each source."""
    choose_precision(run.settings.network.matmul_precision)
    actor = trained_network("actor", run, Context(run.settings, dataset, run.seed, device), results)
    return translate(actor, split, dataset.target_vocabulary, run.settings.evaluation, device)
