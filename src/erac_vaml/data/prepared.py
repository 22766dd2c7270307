"""Data sets prepared for training: vocabularies, flat ids or features, and the text that is scored."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np

from erac_vaml.config.datasets import SIDES, SPLITS
from erac_vaml.data.batches import Side, Split
from erac_vaml.data.corpus import Words, read_lines, split_words
from erac_vaml.data.features import Features, load_features
from erac_vaml.data.images import Images
from erac_vaml.data.vocabulary import SPECIAL_TOKENS, Vocabulary
from erac_vaml.errors import UserError

_STATISTICS = "statistics.json"
PREPARE_AGAIN = "prepare the data set again"
"""What to do about a file of a preparation that is damaged, or of another one than the rest."""


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
    if directory.is_dir() and not (directory / _STATISTICS).exists():
        raise UserError(
            f"{directory / _STATISTICS}: no such file, the preparation did not come to its end; {PREPARE_AGAIN}"
        )
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


def read_image_table(directory: Path) -> list[tuple[str, str, str]]:
    """Return each image's name, identifier and split, in the order of the features' rows.

    Raises:
        UserError: `images.tsv` is missing or damaged.
    """
    path = directory / "images.tsv"
    images = []
    for line in read_lines(path, "prepare the data set first"):
        match line.split("\t"):
            case [name, identifier, split]:
                images.append((name, identifier, split))
            case _:
                raise UserError(f"{path}: damaged, a line is not name, identifier, split; {PREPARE_AGAIN}")
    return images


def begin_preparation(directory: Path) -> None:
    """Make the folder; while its files are written anew, no statistics say that they belong together."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _STATISTICS).unlink(missing_ok=True)


def write_statistics(directory: Path, statistics: dict[str, Any]) -> None:
    """Write `statistics.json`, the last of the files: where it is, the others are whole."""
    text = json.dumps(statistics, indent=1, ensure_ascii=False)
    (directory / _STATISTICS).write_text(text + "\n", encoding="utf-8")


def _load_text(directory: Path) -> PreparedDataset:
    vocabularies = {side: Vocabulary.load(directory / f"vocabulary.{side}.txt") for side in SIDES}
    splits, references = {}, {}
    for split in SPLITS:
        path = directory / f"{split}.npz"
        arrays = _load_arrays(path, *(f"{side}_{part}" for side in SIDES for part in ("ids", "offsets")))
        source, target = (_side(arrays, side, vocabularies[side], path) for side in SIDES)
        _refuse_unequal(path, len(source), len(target))
        splits[split] = Split(source, target)
        if split != "train":
            path = directory / f"{split}.target.txt"
            references[split] = [[line] for line in read_lines(path, PREPARE_AGAIN)]
            _refuse_unequal(path, len(references[split]), len(target))
    source_vocabulary, target_vocabulary = vocabularies.values()
    return PreparedDataset(source_vocabulary, target_vocabulary, **splits, references=references, image_identifiers={})


def _load_captions(directory: Path) -> PreparedDataset:
    vocabulary = Vocabulary.load(directory / "vocabulary.target.txt")
    images = read_image_table(directory)
    features = _load_features(directory, [name for name, _, _ in images])
    splits, references, identifiers = {}, {}, {}
    for split in SPLITS:
        path = directory / f"{split}.npz"
        arrays = _load_arrays(path, "rows", "target_ids", "target_offsets")
        target = _side(arrays, "target", vocabulary, path)
        _refuse_unequal(path, len(arrays["rows"]), len(target))
        _refuse_unordered(arrays["rows"], len(images), path)
        splits[split] = Split(Images(features.matrix, arrays["rows"]), target)
        if split != "train":
            path = directory / f"{split}.references.txt"
            references[split] = [line.split("\t") for line in read_lines(path, PREPARE_AGAIN)]
            _refuse_unequal(path, len(references[split]), len(splits[split].one_of_each_image()))
            identifiers[split] = [_number(identifier) for _, identifier, place in images if place == split]
    return PreparedDataset(None, vocabulary, **splits, references=references, image_identifiers=identifiers)


def _load_features(directory: Path, names: Sequence[str]) -> Features:
    features = load_features(directory / "features.npy", directory / "features.ids.txt")
    if list(features.names) != list(names):
        raise UserError(f"{directory}/features.npy: features of other images than images.tsv has; make them again")
    return features


def _number(identifier: str) -> int | str:
    """Return COCO's number of an image, or its name."""
    return int(identifier) if identifier.isdecimal() else identifier


def _load_arrays(path: Path, *names: str) -> dict[str, np.ndarray]:
    """Return a file's arrays of these names: whole numbers in a row."""
    try:
        # numpy, given the path, would not close a file that it finds damaged.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in names}
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; prepare the data set first") from None
    except (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, TokenError, BadZipFile) as error:
        raise UserError(f"{path}: damaged ({error}); {PREPARE_AGAIN}") from None
    if any(array.ndim != 1 or array.dtype.kind != "i" for array in arrays.values()):
        raise UserError(f"{path}: damaged, its arrays are not whole numbers in a row; {PREPARE_AGAIN}")
    return arrays


def _side(arrays: dict[str, np.ndarray], side: str, vocabulary: Vocabulary, path: Path) -> Side:
    ids, offsets = arrays[f"{side}_ids"], arrays[f"{side}_offsets"]
    if ids.min(initial=0) < 0 or ids.max(initial=0) >= len(vocabulary):
        raise UserError(f"{path}: has ids that the vocabularies lack; {PREPARE_AGAIN}")
    _refuse_unordered(offsets, len(ids) + 1, path)
    if offsets[:1].tolist() != [0] or offsets[-1] != len(ids):
        raise UserError(f"{path}: damaged, its offsets are not those of its ids; {PREPARE_AGAIN}")
    return Side(ids, offsets)


def _refuse_unordered(places: np.ndarray, size: int, path: Path) -> None:
    """Check that places in something of a size never fall and lie within it."""
    if (np.diff(places, prepend=0, append=size - 1) < 0).any():
        raise UserError(f"{path}: damaged, its places are out of order; {PREPARE_AGAIN}")


def _refuse_unequal(path: Path, lines: int, sources: int) -> None:
    if lines != sources:
        raise UserError(f"{path}: not as many lines as pairs; {PREPARE_AGAIN}")
