"""How large a data set is: by its statistics once it is prepared, before that by what is known of it."""

import gzip
import os
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from erac_vaml.config.datasets import (
    CaptionedImages,
    CaptionsDataset,
    CocoDataset,
    Dataset,
    Iwslt14Dataset,
    MiniCaptionsDataset,
    MiniDataset,
    ParallelDataset,
)
from erac_vaml.files import try_json

SPLITS = ("train", "valid", "test")
_SPECIAL_TOKENS = 4
FEATURE_WIDTHS = {"resnet101": 2048, "efficientnet-lite2": 1280, "mini": 234}
"""Numbers that each network makes of an image."""

_BYTES_A_WORD = 5.8
_WORDS_A_SENTENCE = 20
_VOCABULARY_OF_TEXT, _VOCABULARY_OF_CAPTIONS = 16.0, 4.0
"""Words of a vocabulary over the square root of those of the text: IWSLT 2014 has 13 and 19, MSCOCO and Flickr8k 4."""
_WORDS_A_CAPTION, _CAPTIONS_OF_AN_IMAGE = 11, 5


@dataclass(frozen=True)
class SplitSize:
    """Of one split."""

    pairs: int
    source_words: int
    """Of all sources together; an image has none."""
    target_words: int
    """Of all targets together, `eos` not counted."""
    decoded: int
    """Sources that are decoded: the pairs, or the images."""


@dataclass(frozen=True)
class DatasetSize:
    """What decides how much work and room a data set makes."""

    train: SplitSize
    valid: SplitSize
    test: SplitSize
    source_vocabulary: int
    """Ids, special symbols counted; 0 where the sources are images."""
    target_vocabulary: int
    feature_width: int
    """Numbers that an image is; 0 where the sources are text."""
    basis: str
    """What the numbers rest on, in words."""

    @property
    def images(self) -> int:
        """Images of all splits; 0 where the sources are text."""
        return sum(split.decoded for split in (self.train, self.valid, self.test)) if self.feature_width else 0


def dataset_size(dataset: Dataset, folder: Path) -> DatasetSize:
    """Return how large a data set is, or will be.

    Args:
        dataset: its settings.
        folder: where it is, or will be, prepared.
    """
    statistics = try_json(folder / "statistics.json")
    try:
        return _counted(dataset, statistics, folder)
    except (KeyError, TypeError):
        pass
    if isinstance(dataset, Iwslt14Dataset):
        return _text((153_326, 6_969, 6_750), 17.5, 18.4, 32_007, 22_820, "the known counts of IWSLT 2014")
    if isinstance(dataset, CocoDataset):
        return _images(dataset, (113_287, 5_000, 5_000), 10.5, 8_800, folder, "the known counts of MSCOCO")
    if isinstance(dataset, MiniDataset):
        pairs = (dataset.train_pairs, dataset.valid_pairs, dataset.test_pairs)
        return _text(pairs, 9.0, 9.0, 224, 235, "what its generator makes")
    if isinstance(dataset, MiniCaptionsDataset):
        images = (dataset.train_images, dataset.valid_images, dataset.test_images)
        return _images(dataset, images, 9.0, 50, folder, "what its generator makes")
    return _parallel(dataset) if isinstance(dataset, ParallelDataset) else _captions(dataset, folder)


def _counted(dataset: Dataset, statistics: Any, folder: Path) -> DatasetSize:
    """Return the size that `statistics.json` tells."""
    train, valid, test = (
        SplitSize(
            pairs=statistics[name]["pairs"],
            source_words=statistics[name].get("source_tokens", 0),
            target_words=statistics[name]["target_tokens"],
            decoded=statistics[name].get("images", statistics[name]["pairs"]),
        )
        for name in SPLITS
    )
    source = statistics["source_words"] + _SPECIAL_TOKENS if "source_words" in statistics else 0
    width = _feature_width(dataset, folder) if isinstance(dataset, CaptionedImages) else 0
    target = statistics["target_words"] + _SPECIAL_TOKENS
    return DatasetSize(train, valid, test, source, target, width, "counted")


def _text(
    pairs: tuple[int, int, int], source_words: float, target_words: float, source: int, target: int, basis: str
) -> DatasetSize:
    """Return the size of text of so many pairs, words a sentence, and words of the vocabularies."""
    train, valid, test = (
        SplitSize(count, round(count * source_words), round(count * target_words), count) for count in pairs
    )
    return DatasetSize(train, valid, test, source + _SPECIAL_TOKENS, target + _SPECIAL_TOKENS, 0, basis)


def _images(
    dataset: CaptionedImages, images: tuple[int, int, int], words: float, vocabulary: int, folder: Path, basis: str
) -> DatasetSize:
    """Return the size of so many captioned images, words a caption, and words of the vocabulary."""
    each = _CAPTIONS_OF_AN_IMAGE
    train, valid, test = (SplitSize(count * each, 0, round(count * each * words), count) for count in images)
    return DatasetSize(train, valid, test, 0, vocabulary + _SPECIAL_TOKENS, _feature_width(dataset, folder), basis)


def _parallel(dataset: ParallelDataset) -> DatasetSize:
    pairs = []
    for name in SPLITS:
        text_bytes = max(_bytes_of_text(Path(path)) for path in getattr(dataset, name))
        pairs.append(round(text_bytes / _BYTES_A_WORD / _WORDS_A_SENTENCE))
    if not all(pairs):
        return _text((150_000, 7_000, 7_000), 20.0, 20.0, 32_000, 23_000, "a guess, for its files are not there")
    pairs[0] = min(pairs[0], dataset.max_train_pairs or pairs[0])
    words = min(dataset.max_vocabulary, round(_VOCABULARY_OF_TEXT * sqrt(pairs[0] * _WORDS_A_SENTENCE)))
    sizes = (pairs[0], pairs[1], pairs[2])
    return _text(sizes, _WORDS_A_SENTENCE, _WORDS_A_SENTENCE, words, words, "the sizes of the raw files")


def _captions(dataset: CaptionsDataset, folder: Path) -> DatasetSize:
    train, valid, test = (_lines(Path(path)) for path in (dataset.train, dataset.valid, dataset.test))
    basis = "the numbers of images"
    if not all((train, valid, test)):
        train, valid, test, basis = 30_000, 1_000, 1_000, "a guess, for its files are not there"
    words = round(_VOCABULARY_OF_CAPTIONS * sqrt(train * _CAPTIONS_OF_AN_IMAGE * _WORDS_A_CAPTION))
    return _images(dataset, (train, valid, test), _WORDS_A_CAPTION, min(words, dataset.max_vocabulary), folder, basis)


def _feature_width(dataset: CaptionedImages, folder: Path) -> int:
    """Return how many numbers an image is, or will be."""
    made = try_json(folder / "features.json")
    if isinstance(made, dict) and isinstance(made.get("width"), int):
        return int(made["width"])
    if not isinstance(dataset, MiniCaptionsDataset) and dataset.features:
        import numpy as np

        try:
            return int(np.load(dataset.features, mmap_mode="r").shape[1])
        except (OSError, ValueError, IndexError):
            return 2048
    return FEATURE_WIDTHS[dataset.feature_network]


def _bytes_of_text(path: Path) -> int:
    """Return the bytes of a text, those of a gzipped one unpacked as its last four say; 0 where it is not there."""
    try:
        if path.suffix != ".gz":
            return path.stat().st_size
        with open(path, "rb") as stream:
            stream.seek(-4, os.SEEK_END)
            return int.from_bytes(stream.read(4), "little")
    except OSError:
        return 0


def _lines(path: Path) -> int:
    """Return the number of a text's lines; 0 where it is not there."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as stream:
            return sum(1 for _ in stream)
    except OSError:
        return 0
