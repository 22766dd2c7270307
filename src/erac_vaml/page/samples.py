"""Test sentences and images side by side: the source, its references, and what one run of each algorithm says."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import CaptionedImages
from erac_vaml.data.captions import image_folder
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.image_files import read_image
from erac_vaml.data.preparation import PREPARE_AGAIN
from erac_vaml.data.prepared import read_image_table
from erac_vaml.errors import UserError
from erac_vaml.plan import algorithm_runs
from erac_vaml.reporting.hypotheses import read_hypotheses
from erac_vaml.reporting.labels import ALGORITHMS
from erac_vaml.reporting.scores import rows_of

_SENTENCES, _IMAGES = 20, 12
"""How many of the test set are shown."""
_LARGEST_SIDE = 240
"""Pixels of a shown image."""


@dataclass(frozen=True)
class Sample:
    """One test sentence or image."""

    number: int
    """Line in the test set, from 1."""
    source: str
    """The sentence, or the image's name."""
    picture: str | None
    """The image, as a data URI; None where there is none, or its file is not at hand."""
    references: list[str]
    said: dict[str, str]
    """By algorithm and run, for example "ERAC (critic1-actor1)"."""


def spread_samples(experiment: Experiment, results: Path, scores: pd.DataFrame, task: str) -> list[Sample]:
    """Return some sentences or images spread evenly over the test set, with each algorithm's first finished run.

    None where the data are not prepared.

    Raises:
        UserError: the data or a run's hypotheses are damaged, or not as many as the test set's sources.
    """
    captions = experiment.captions_images(task)
    data = results / "data" / experiment.tasks[task].dataset
    if not (data / ("images.tsv" if captions else "test.source.txt")).exists():
        return []
    if captions:
        sources = [name for name, _, split in read_image_table(data) if split == "test"]
        references = [line.split("\t") for line in read_lines(data / "test.references.txt", PREPARE_AGAIN)]
    else:
        sources = read_lines(data / "test.source.txt")
        references = [[line] for line in read_lines(data / "test.target.txt", PREPARE_AGAIN)]
    if len(references) != len(sources):
        raise UserError(f"{data}: has {len(sources)} sources of test, {len(references)} references; {PREPARE_AGAIN}")
    said = _hypotheses(experiment, results, scores, task, len(sources))
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


def _hypotheses(
    experiment: Experiment, results: Path, scores: pd.DataFrame, task: str, count: int
) -> dict[str, list[str]]:
    """Return what each algorithm's first finished run says."""
    said: dict[str, list[str]] = {}
    for algorithm, label in ALGORITHMS.items():
        rows = rows_of(scores, algorithm_runs(experiment, task, algorithm))
        finished = rows.loc[rows["status"] == "finished", "run"]
        if finished.empty:
            continue
        run = finished.iloc[0]
        said[f"{label} ({run})"] = read_hypotheses(results / "runs" / task / algorithm / run, count)
    return said


def _thumbnail(experiment: Experiment, task: str, data: Path, name: str) -> str | None:
    """Return an image as a small data URI, or None where its file is not at hand."""
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
