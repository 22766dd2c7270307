"""Describe and use the actor of a trained run in the results folder."""

from pathlib import Path
from typing import Any

import torch

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import SIDES, SPLITS, CaptionedImages, Dataset
from erac_vaml.data.preparation import FEATURES, PREPARE_AGAIN, STATISTICS, refuse_other_settings
from erac_vaml.errors import UserError
from erac_vaml.files import FileDigest, read_json
from erac_vaml.models.description import Captioning, Data, ModelDescription, Training, Translation
from erac_vaml.models.model import Model
from erac_vaml.plan import ALGORITHM_NAMES, Run
from erac_vaml.runs.manifest import MODEL_FILE
from erac_vaml.runs.origin import check_trained
from erac_vaml.runs.scores import read_scores


def model_of_run(experiment: Experiment, run: Run, results: Path, device: torch.device) -> Model:
    """Return the actor of a trained run.

    Raises:
        UserError: the run has no actor, or it or its data are missing, were changed, or have other settings.
    """
    description, files = described(experiment, run, results)
    return Model(str(run.path), description, files, device)


def described(experiment: Experiment, run: Run, results: Path) -> tuple[ModelDescription, dict[str, Path]]:
    """Check a trained run and its data; return the description of its actor, and the path of each of its files.

    Raises:
        UserError: the run has no actor, or it or its data are missing, were changed, or have other settings.
    """
    if not run.speaks:
        raise UserError(f"{run.path}: a {run.stage} outputs no text; name a run of {ALGORITHM_NAMES}")
    folder, data = results / run.path, results / "data" / run.dataset
    settings = experiment.datasets[run.dataset]
    manifest = check_trained(run, results, data)
    refuse_other_settings(data, settings)
    scores = read_scores(folder, manifest)
    try:
        statistics, task = read_json(data / STATISTICS), _task(settings, data)
        files = {name: folder / name if name == MODEL_FILE else data / name for name in task.files}
        description = ModelDescription(
            task=task,
            network=run.settings.network,
            evaluation=run.settings.evaluation,
            training=Training(
                experiment=experiment.name,
                run=str(run.path),
                algorithm=run.algorithm,
                seed=run.seed,
                settings=run.fields,
                data=Data(
                    name=run.dataset,
                    kind=settings.kind,
                    words={side: statistics[f"{side}_words"] for side in SIDES if f"{side}_words" in statistics},
                    counts={split: _counts(statistics[split]) for split in SPLITS},
                    sha256=dict(manifest.data.sha256),
                ),
                code=manifest.code,
                packages=dict(manifest.packages),
                scores={name: value for name, value in scores.measures.items() if value is not None},
                bleu_signature=scores.bleu_signature,
            ),
            files={name: FileDigest.of(path) for name, path in files.items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        raise UserError(f"{data}: {STATISTICS} or {FEATURES} is damaged; {PREPARE_AGAIN}") from None
    return description, files


def _task(settings: Dataset, data: Path) -> Translation | Captioning:
    """Return the input and output of the models of a prepared data set."""
    if not isinstance(settings, CaptionedImages):
        source, target = settings.text_forms
        return Translation(source=source, target=target)
    features = read_json(data / FEATURES)
    given = features["network"] == "given"
    return Captioning(
        feature_network=None if given else features["network"],
        weights=None if given else features["weights"],
        width=features["width"],
        batch_size=settings.feature_batch_size,
        tokeniser=settings.tokeniser,
    )


def _counts(statistics: dict[str, Any]) -> dict[str, int]:
    """Return the sizes of a split: its whole numbers."""
    return {name: count for name, count in statistics.items() if isinstance(count, int)}
