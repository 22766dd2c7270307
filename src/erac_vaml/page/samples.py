"""Sample the test set: sentences or images, their references, and the output of one run of each algorithm."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import CaptionedImages
from erac_vaml.data.captions import image_folder
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.image_files import read_image
from erac_vaml.data.preparation import PREPARE_AGAIN, prepared_file
from erac_vaml.data.prepared import read_image_table
from erac_vaml.errors import UserError
from erac_vaml.page.parts import sources_file
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.inputs import data_folder
from erac_vaml.reporting.labels import ALGORITHMS
from erac_vaml.reporting.texts import read_references
from erac_vaml.runs.hypotheses import read_hypotheses

_SENTENCES, _IMAGES = 20, 12
"""Numbers of shown samples."""
_LARGEST_SIDE = 240
"""Of a shown image, in pixels."""


@dataclass(frozen=True)
class Sample:
    """One test sentence or image."""

    number: int
    """Line in the test set, from 1."""
    source: str
    """The sentence, or the image's name."""
    picture: str | None
    """The image as a data URI; None of a sentence, and if the image's file is missing."""
    references: list[str]
    said: dict[str, str]
    """Output by algorithm and run, for example by "ERAC (critic1-actor1)"."""


def spread_samples(scores: Scores, results: Path, task: str) -> list[Sample]:
    """Return samples spread evenly over the test set, with the output of each algorithm's first finished run.

    Returns:
        The samples; none if the data are not prepared.

    Raises:
        UserError: the data or a run's hypotheses are damaged, or their number is not that of the test set's sources.
    """
    experiment = scores.experiment
    captions, references = experiment.captions_images(task), read_references(experiment, results, task)
    data, path = results / data_folder(experiment, task), results / sources_file(experiment, task)
    if references is None or not path.exists():
        return []
    sources = (
        [name for name, _, split in read_image_table(data) if split == "test"]
        if captions
        else read_lines(prepared_file(data, path.name))
    )
    if len(references) != len(sources):
        raise UserError(f"{data}: has {len(sources)} sources of test, {len(references)} references; {PREPARE_AGAIN}")
    said = _hypotheses(scores, results, task, len(sources))
    count = min(_IMAGES if captions else _SENTENCES, len(sources))
    return [
        Sample(
            int(index) + 1,
            sources[index],
            _thumbnail(experiment, task, data, sources[index]) if captions else None,
            references[index],
            {name: lines[index] for name, lines in said.items()},
        )
        for index in np.unique(np.linspace(0, len(sources) - 1, count).round().astype(int))
    ]


def _hypotheses(scores: Scores, results: Path, task: str, count: int) -> dict[str, list[str]]:
    """Return the output of each algorithm's first finished run."""
    finished = {label: scores.algorithm(task, name).finished_runs for name, label in ALGORITHMS.items()}
    return {
        f"{label} ({runs[0].name})": read_hypotheses(results / runs[0].path, count)
        for label, runs in finished.items()
        if runs
    }


def _thumbnail(experiment: Experiment, task: str, data: Path, name: str) -> str | None:
    """Return a small version of an image as a data URI, or None if its file is missing."""
    dataset = experiment.datasets[experiment.tasks[task].dataset]
    assert isinstance(dataset, CaptionedImages)
    path = image_folder(dataset, data) / name
    if not path.is_file():
        return None
    small = read_image(path)
    small.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    kind = "png" if path.suffix.lower() == ".png" else "jpeg"
    stream = io.BytesIO()
    small.save(stream, kind)
    return f"data:image/{kind};base64," + base64.b64encode(stream.getvalue()).decode("ascii")
