"""Sample the test set: sentences or images, their references, and the output of one run of each algorithm."""

import base64
import io
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
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
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.inputs import data_folder
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms
from erac_vaml.reporting.texts import read_references
from erac_vaml.runs.hypotheses import read_hypotheses

_SENTENCES, _IMAGES = 20, 12
"""Numbers of samples."""
_LARGEST_SIDE = 240
"""Of a shown image, in pixels."""


@dataclass(frozen=True)
class Output:
    """What one or several runs say."""

    names: tuple[str, ...]
    """The algorithms."""
    pieces: tuple[tuple[str, bool], ...]
    """Its words in pieces, each with whether it differs from the first output (in the first: from any other)."""


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
    outputs: list[Output]
    """Different outputs; MLE's is the first, if it has finished."""
    algorithms: int
    """Number of algorithms with an output."""

    @property
    def alike(self) -> bool:
        """Whether several algorithms have the same output."""
        return self.algorithms > 1 and len(self.outputs) == 1


def spread_samples(scores: CollectedScores, results: Path, task: str) -> list[Sample]:
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
        raise UserError(
            f"{data}: the test set has {len(sources)} sources but {len(references)} references; {PREPARE_AGAIN}"
        )
    said = _hypotheses(scores, results, task, len(sources))
    count = min(_IMAGES if captions else _SENTENCES, len(sources))
    return [
        Sample(
            int(index) + 1,
            sources[index],
            _thumbnail(experiment, task, data, sources[index]) if captions else None,
            references[index],
            compare_outputs({name: lines[index] for name, lines in said.items()}),
            len(said),
        )
        for index in np.unique(np.linspace(0, len(sources) - 1, count).round().astype(int))
    ]


def compare_outputs(said: dict[str, str]) -> list[Output]:
    """Return the different outputs, in order of appearance, with the words marked in which they differ.

    Args:
        said: the output of each algorithm.
    """
    names: dict[str, list[str]] = {}
    for name, text in said.items():
        names.setdefault(text, []).append(name)
    words = {text: text.split() for text in names}
    differs = {text: np.zeros(len(words[text]), dtype=bool) for text in names}
    for first, other in ((next(iter(names)), text) for text in list(names)[1:]):
        same = SequenceMatcher(None, words[first], words[other], autojunk=False).get_matching_blocks()
        common = [
            np.isin(np.arange(len(words[text])), [start + n for start, size in spans for n in range(size)])
            for text, spans in (
                (first, [(block.a, block.size) for block in same]),
                (other, [(block.b, block.size) for block in same]),
            )
        ]
        differs[first] |= ~common[0]
        differs[other] = ~common[1]
    return [Output(tuple(names[text]), _pieces(words[text], differs[text])) for text in names]


def _pieces(words: list[str], differs: np.ndarray) -> tuple[tuple[str, bool], ...]:
    """Return adjacent words of one kind as one piece."""
    kinds = groupby(zip(words, differs, strict=True), key=lambda pair: bool(pair[1]))
    return tuple((" ".join(word for word, _ in pairs), kind) for kind, pairs in kinds)


def _hypotheses(scores: CollectedScores, results: Path, task: str, count: int) -> dict[str, list[str]]:
    """Return the output of the first finished run of each algorithm that the task asks for."""
    found = {}
    for name in asked_algorithms(scores.experiment, task):
        runs = scores.algorithm(task, name).finished_runs
        if runs:
            found[ALGORITHMS[name]] = read_hypotheses(results / runs[0].path, count)
    return found


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
