"""Data sets prepared for training: vocabularies, flat ids or features, and the text that is scored."""

import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from erac_vaml.data.batches import Side, Split
from erac_vaml.data.corpus import Words, read_lines, split_words
from erac_vaml.data.features import Features, load_features
from erac_vaml.data.images import Images
from erac_vaml.data.vocabulary import SPECIAL_TOKENS, Vocabulary
from erac_vaml.errors import UserError

SPLITS = ("train", "valid", "test")
SIDES = ("source", "target")
_AGAIN = "prepare the data set again"


@dataclass(frozen=True)
class PreparedDataset:
    """A data set as training and evaluation see it."""

    source_vocabulary: Vocabulary | None
    """None where the sources are images."""
    target_vocabulary: Vocabulary
    train: Split
    valid: Split
    test: Split
    references: dict[str, list[list[str]]]
    """Of "valid" and "test" the tokenised references, words that the vocabulary lacks included: one of each sentence,
    all captions of each image, the pair's of `Split.one_of_each_image` first."""
    image_identifiers: dict[str, list[int | str]]
    """Of "valid" and "test" COCO's numbers of the images, or their names; empty where the sources are text."""

    @cached_property
    def feature_width(self) -> int:
        """Numbers that an image is."""
        assert isinstance(self.train.source, Images)
        return self.train.source.features.shape[1]


def load_prepared(directory: Path) -> PreparedDataset:
    """Read what preparation wrote.

    Raises:
        UserError: a file is missing, damaged, or from another preparation than the others.
    """
    return _load_captions(directory) if (directory / "images.tsv").exists() else _load_text(directory)


def flatten(sentences: Sequence[Words], vocabulary: Vocabulary) -> Side:
    """Return the ids of all sentences in one array, with where each begins."""
    offsets = np.zeros(len(sentences) + 1, np.int64)
    np.cumsum([len(words) for words in sentences], out=offsets[1:])
    return Side(vocabulary.ids(list(chain.from_iterable(sentences))), offsets)


def source_split(lines: Iterable[str], vocabulary: Vocabulary) -> Split:
    """Return tokenised text to translate as a split whose targets are empty.

    Raises:
        UserError: a line has no word.
    """
    sentences = [split_words(line) for line in lines]
    for number, words in enumerate(sentences, start=1):
        if not words:
            raise UserError(f"line {number} of the text to translate has no word; delete it")
    return Split(flatten(sentences, vocabulary), no_targets(len(sentences)))


def no_targets(count: int) -> Side:
    """Return empty references: those of sources that are only decoded."""
    return Side(np.zeros(0, np.int32), np.zeros(count + 1, np.int64))


def escape(word: str) -> str:
    """Return a word of the scored text; one that looks like a special symbol must not match a hypothesis' `<unk>`."""
    return word.replace("<", "&lt;").replace(">", "&gt;") if word in SPECIAL_TOKENS else word


def write_statistics(directory: Path, statistics: dict[str, Any]) -> None:
    """Write `statistics.json`."""
    text = json.dumps(statistics, indent=1, ensure_ascii=False)
    (directory / "statistics.json").write_text(text + "\n", encoding="utf-8")


def _load_text(directory: Path) -> PreparedDataset:
    source, target = (Vocabulary.load(directory / f"vocabulary.{side}.txt") for side in SIDES)
    splits = {}
    for split in SPLITS:
        arrays = _load_arrays(directory / f"{split}.npz")
        source_side, target_side = (_side(arrays, side, directory / f"{split}.npz") for side in SIDES)
        splits[split] = Split(source_side, target_side)
        _refuse_unknown(target_side, target, directory / f"{split}.npz")
        _refuse_unknown(source_side, source, directory / f"{split}.npz")
    references = {}
    for split in ("valid", "test"):
        path = directory / f"{split}.target.txt"
        references[split] = [[line] for line in read_lines(path)]
        _refuse_unequal(path, len(references[split]), len(splits[split]))
    return PreparedDataset(source, target, **splits, references=references, image_identifiers={})


def _load_captions(directory: Path) -> PreparedDataset:
    vocabulary = Vocabulary.load(directory / "vocabulary.target.txt")
    images = [line.split("\t") for line in read_lines(directory / "images.tsv")]
    features = _load_features(directory, [image[0] for image in images])
    splits, references, identifiers = {}, {}, {}
    for split in SPLITS:
        arrays = _load_arrays(directory / f"{split}.npz")
        target = _side(arrays, "target", directory / f"{split}.npz")
        _refuse_unknown(target, vocabulary, directory / f"{split}.npz")
        splits[split] = Split(Images(features.matrix, arrays["rows"]), target)
        if split != "train":
            path = directory / f"{split}.references.txt"
            references[split] = [line.split("\t") for line in read_lines(path)]
            _refuse_unequal(path, len(references[split]), len(splits[split].one_of_each_image()))
            identifiers[split] = [_number(image[1]) for image in images if image[2] == split]
    return PreparedDataset(None, vocabulary, **splits, references=references, image_identifiers=identifiers)


def _load_features(directory: Path, names: Sequence[str]) -> Features:
    features = load_features(directory / "features.npy", directory / "features.ids.txt")
    if list(features.names) != list(names):
        raise UserError(f"{directory}/features.npy: features of other images than images.tsv has; make them again")
    return features


def _number(identifier: str) -> int | str:
    """Return COCO's number of an image, or its name."""
    return int(identifier) if identifier.isdecimal() else identifier


def _load_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; prepare the data set first") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: damaged ({error}); {_AGAIN}") from None


def _side(arrays: dict[str, np.ndarray], side: str, path: Path) -> Side:
    try:
        return Side(arrays[f"{side}_ids"], arrays[f"{side}_offsets"])
    except KeyError as error:
        raise UserError(f"{path}: damaged ({error}); {_AGAIN}") from None


def _refuse_unknown(side: Side, vocabulary: Vocabulary, path: Path) -> None:
    if side.ids.max() >= len(vocabulary):
        raise UserError(f"{path}: has ids that the vocabularies lack; {_AGAIN}")


def _refuse_unequal(path: Path, lines: int, sources: int) -> None:
    if lines != sources:
        raise UserError(f"{path}: not as many lines as pairs; {_AGAIN}")
