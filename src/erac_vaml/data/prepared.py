"""Load prepared data sets: vocabularies, flat ids or features, and the text that is scored."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from erac_vaml.config.datasets import SCORED_SPLITS, SIDES, SPLITS, Dataset
from erac_vaml.data.batches import Split
from erac_vaml.data.corpus import Words, read_lines
from erac_vaml.data.features import Features, load_features
from erac_vaml.data.images import Images
from erac_vaml.data.preparation import check_files, prepared_file, refuse_other_settings
from erac_vaml.data.sides import Side, flatten
from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.errors import UserError


@dataclass(frozen=True)
class PreparedDataset:
    """A data set for training and evaluation."""

    source_vocabulary: Vocabulary | None
    """None where the sources are images."""
    target_vocabulary: Vocabulary
    train: Split
    valid: Split
    test: Split
    references: dict[str, list[list[str]]]
    """Tokenised references of "valid" and "test", with their unknown words: one per sentence, or all captions of an
    image, the one in `Split.one_of_each_image` first."""
    image_identifiers: dict[str, list[int | str]]
    """COCO's numbers, or else the names, of the images in "valid" and "test"; empty for text."""

    @cached_property
    def feature_width(self) -> int:
        """Number of features of an image."""
        assert isinstance(self.train.source, Images)
        return self.train.source.features.shape[1]


def load_prepared(directory: Path, dataset: Dataset | None = None) -> PreparedDataset:
    """Load a prepared data set after all its files are checked.

    Args:
        directory: folder of the data set.
        dataset: settings that the preparation must have had; None accepts any.

    Raises:
        UserError: a file is missing, was changed or belongs to another preparation, or the settings differ.
    """
    files = check_files(directory)
    if dataset is not None:
        refuse_other_settings(directory, dataset)
    return _load_captions(directory) if "images.tsv" in files else _load_text(directory)


def source_split(sentences: Sequence[Words], vocabulary: Vocabulary) -> Split:
    """Return sentences to translate, each with at least one word, as a split with empty targets."""
    return Split(flatten(sentences, vocabulary), no_targets(len(sentences)))


def no_targets(count: int) -> Side:
    """Return `count` empty references, for sources that are only decoded."""
    return Side(np.zeros(0, np.int32), np.zeros(count + 1, np.int64))


def read_image_table(directory: Path) -> list[tuple[str, str, str]]:
    """Return name, identifier and split of each image, in the order of the features' rows.

    Raises:
        UserError: `images.tsv` is missing or was changed.
    """
    lines = read_lines(prepared_file(directory, "images.tsv"))
    return [(name, identifier, split) for name, identifier, split in (line.split("\t") for line in lines)]


def _load_text(directory: Path) -> PreparedDataset:
    source, target = (Vocabulary.load(directory / f"vocabulary.{side}.txt") for side in SIDES)
    splits = {}
    for split in SPLITS:
        arrays = _load_arrays(directory / f"{split}.npz")
        sentences, targets = (Side(arrays[f"{side}_ids"], arrays[f"{side}_offsets"]) for side in SIDES)
        splits[split] = Split(sentences, targets)
    references = {split: [[line] for line in read_lines(directory / f"{split}.target.txt")] for split in SCORED_SPLITS}
    return PreparedDataset(source, target, **splits, references=references, image_identifiers={})


def _load_captions(directory: Path) -> PreparedDataset:
    images = read_image_table(directory)
    features = _load_features(directory, [name for name, _, _ in images])
    splits = {}
    for split in SPLITS:
        arrays = _load_arrays(directory / f"{split}.npz")
        target = Side(arrays["target_ids"], arrays["target_offsets"])
        splits[split] = Split(Images(features.matrix, arrays["rows"]), target)
    references = {
        split: [line.split("\t") for line in read_lines(directory / f"{split}.references.txt")]
        for split in SCORED_SPLITS
    }
    identifiers: dict[str, list[int | str]] = {split: [] for split in SCORED_SPLITS}
    for _, identifier, split in images:
        if split in SCORED_SPLITS:
            identifiers[split].append(identifier_of(identifier))
    vocabulary = Vocabulary.load(directory / "vocabulary.target.txt")
    return PreparedDataset(None, vocabulary, **splits, references=references, image_identifiers=identifiers)


def identifier_text(identifier: int | str) -> str:
    """Return an image's identifier as images.tsv has it: a number or a name; a name like a number is a JSON string."""
    ambiguous = isinstance(identifier, str) and (identifier.isdecimal() or identifier.startswith('"'))
    return json.dumps(identifier) if ambiguous else str(identifier)


def identifier_of(text: str) -> int | str:
    """Return the identifier that `identifier_text` wrote. COCO numbers its images; other images have names."""
    if text.isdecimal():
        return int(text)
    return str(json.loads(text)) if text.startswith('"') else text


def _load_features(directory: Path, names: Sequence[str]) -> Features:
    features = load_features(directory / "features.npy", directory / "features.ids.txt")
    # The images may have been prepared again since the features were made.
    if list(features.names) != list(names):
        raise UserError(
            f"{directory}/features.npy: has features of other images than images.tsv; make the features again"
        )
    return features


def _load_arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
