"""Determine the size of a data set: from its statistics if it is prepared, otherwise from its files or known counts."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from erac_vaml.config.datasets import (
    SPLITS,
    CaptionedImages,
    CaptionsDataset,
    CocoDataset,
    Dataset,
    Iwslt14Dataset,
    MiniCaptionsDataset,
    MiniDataset,
    ParallelDataset,
)
from erac_vaml.config.published import COCO_COUNTS, IWSLT14_COUNTS
from erac_vaml.data.preparation import STATISTICS
from erac_vaml.errors import UserError
from erac_vaml.files import open_regular, try_json
from erac_vaml.operations.text_counts import CaptionCounts, TextCounts, count_captions, count_text

_SPECIAL_TOKENS = 4
FEATURE_WIDTHS = {"resnet101": 2048, "resnet101-v2": 2048, "efficientnet-lite2": 1280, "mini": 234}
"""Width of the features of an image by network."""
_ASSUMED_WIDTH = 2048

_VOCABULARY_OF_TEXT, _VOCABULARY_OF_CAPTIONS = 16.0, 4.0
"""Words of a vocabulary divided by √(words of the text): 13 and 19 for IWSLT 2014, 4 for MSCOCO and Flickr8k."""
_ASSUMED_PAIRS, _ASSUMED_WORDS = (150_000, 7_000, 7_000), 20.0
_ASSUMED_IMAGES = (30_000, 1_000, 1_000)
_ASSUMED_CAPTIONS = CaptionCounts(images=1, captions=5, words=55)


@dataclass(frozen=True)
class SplitSize:
    """The size of one split."""

    pairs: int
    source_words: int
    """Words of all sources; 0 for images."""
    target_words: int
    """Words of all targets, without `eos`."""
    decoded: int
    """Number of sources that are decoded: sentences or images."""


@dataclass(frozen=True)
class DatasetSize:
    """The numbers of a data set on which operations and bytes depend."""

    train: SplitSize
    valid: SplitSize
    test: SplitSize
    source_vocabulary: int
    """Number of ids, with special symbols; 0 if the sources are images."""
    target_vocabulary: int
    feature_width: int
    """Width of the features of an image; 0 if the sources are text."""
    basis: str
    """What the numbers are based on, for the user."""

    @property
    def words(self) -> int:
        """Number of words of all sources and targets."""
        return sum(split.source_words + split.target_words for split in (self.train, self.valid, self.test))

    @property
    def known_words(self) -> int:
        """Number of words in the target vocabulary, without special symbols."""
        return self.target_vocabulary - _SPECIAL_TOKENS

    @property
    def images(self) -> int:
        """Number of images; 0 if the sources are text."""
        return sum(split.decoded for split in (self.train, self.valid, self.test)) if self.feature_width else 0


def dataset_size(dataset: Dataset, folder: Path) -> DatasetSize:
    """Return the size that a data set has, or will have when it is prepared.

    Args:
        dataset: its settings.
        folder: the folder of the prepared data.
    """
    with suppress(KeyError, TypeError, ValueError, AttributeError):  # The statistics are missing or damaged.
        return _prepared(dataset, try_json(folder / STATISTICS), folder)
    if isinstance(dataset, Iwslt14Dataset):
        return _iwslt14(dataset)
    if isinstance(dataset, CocoDataset):
        each = CaptionCounts(images=2, captions=10, words=105)
        return _images(dataset, list(COCO_COUNTS.values()), each, 8_800, folder, "known counts of MSCOCO")
    if isinstance(dataset, MiniDataset):
        pairs = (dataset.train_pairs, dataset.valid_pairs, dataset.test_pairs)
        return _text(pairs, 8.4, 12.4, 230, 331, "counts of its generator")
    if isinstance(dataset, MiniCaptionsDataset):
        images = (dataset.train_images, dataset.valid_images, dataset.test_images)
        each = CaptionCounts(images=1, captions=5, words=45)
        return _images(dataset, images, each, 50, folder, "counts of its generator")
    return _parallel(dataset) if isinstance(dataset, ParallelDataset) else _captions(dataset, folder)


def _prepared(dataset: Dataset, statistics: Any, folder: Path) -> DatasetSize:
    """Return the size that the content of `statistics.json` gives."""
    train, valid, test = (
        SplitSize(
            pairs=_count(statistics[name]["pairs"]),
            source_words=_count(statistics[name].get("source_tokens", 0)),
            target_words=_count(statistics[name]["target_tokens"]),
            decoded=_count(statistics[name].get("images", statistics[name]["pairs"])),
        )
        for name in SPLITS
    )
    source = _count(statistics["source_words"]) + _SPECIAL_TOKENS if "source_words" in statistics else 0
    width = _feature_width(dataset, folder) if isinstance(dataset, CaptionedImages) else 0
    target = _count(statistics["target_words"]) + _SPECIAL_TOKENS
    return DatasetSize(train, valid, test, source, target, width, "counted in prepared data")


def _count(value: Any) -> int:
    """Return a count of a JSON file.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, int) or not 0 <= value < 10**15:
        raise ValueError(f"{value!r} is no count")
    return value


def _iwslt14(dataset: Iwslt14Dataset) -> DatasetSize:
    """Return the known size of IWSLT 2014, or the counts of an archive that may differ (`check_counts` is off)."""
    if dataset.check_counts or dataset.archive is None:
        *known_pairs, source_words, target_words = IWSLT14_COUNTS.values()
        return _text(known_pairs, 17.5, 18.4, source_words, target_words, "known counts of IWSLT 2014")
    from erac_vaml.data.iwslt14 import VALID_EVERY, read_archive

    try:
        training, testing = read_archive(Path(dataset.archive))
    except UserError:
        return _assumed_text(dataset.archive)
    source, target, source_of_test, target_of_test = (
        TextCounts(len(lines), sum(len(line.split()) for line in lines)) for lines in (*training, *testing)
    )
    pairs = _pairs(source, target).pairs
    in_valid = max(1, pairs // VALID_EVERY)
    train, valid = (_pairs(source, target, count) for count in (pairs - in_valid, in_valid))
    return _counted_text(dataset, train, valid, _pairs(source_of_test, target_of_test), None)


def _text(
    pairs: Sequence[int], source_words: float, target_words: float, source: int, target: int, basis: str
) -> DatasetSize:
    """Return the size of text from the pairs of each split, the words of a sentence, and those of the vocabularies."""
    train, valid, test = (
        SplitSize(count, round(count * source_words), round(count * target_words), count) for count in pairs
    )
    return DatasetSize(train, valid, test, source + _SPECIAL_TOKENS, target + _SPECIAL_TOKENS, 0, basis)


def _images(
    dataset: CaptionedImages,
    images: Sequence[int],
    each: CaptionCounts,
    vocabulary: int,
    folder: Path,
    basis: str,
) -> DatasetSize:
    """Return the size of captioned images from the images of each split, and the ratios of the counts in `each`."""
    captions, words = each.captions / each.images, each.words / each.images
    train, valid, test = (SplitSize(round(count * captions), 0, round(count * words), count) for count in images)
    return DatasetSize(train, valid, test, 0, vocabulary + _SPECIAL_TOKENS, _feature_width(dataset, folder), basis)


def _parallel(dataset: ParallelDataset) -> DatasetSize:
    """Return the size of a parallel corpus from its lines and words, before sentences are dropped."""
    files: list[str] = [path for name in SPLITS for path in getattr(dataset, name)]
    counts = [count_text(Path(path)) for path in files]
    missing = [path for path, count in zip(files, counts, strict=True) if count is None]
    sides = [count for count in counts if count is not None]
    if missing:
        return _assumed_text(missing[0])
    train, valid, test = (
        _pairs(source, target, limit)
        for source, target, limit in zip(sides[::2], sides[1::2], (dataset.max_train_pairs, None, None), strict=True)
    )
    return _counted_text(dataset, train, valid, test, dataset.vocabularies)


def _assumed_text(missing: str) -> DatasetSize:
    """Return an assumed size, because a file cannot be read."""
    basis = f"assumed, because {missing} cannot be read"
    return _text(_ASSUMED_PAIRS, _ASSUMED_WORDS, _ASSUMED_WORDS, 32_000, 23_000, basis)


def _counted_text(
    dataset: Iwslt14Dataset | ParallelDataset,
    train: SplitSize,
    valid: SplitSize,
    test: SplitSize,
    vocabularies: tuple[str, str] | None,
) -> DatasetSize:
    """Return the size of text whose lines and words were counted. `vocabularies` are its lists of words, if any."""
    lists = [count_text(Path(path)) for path in vocabularies or ()]
    source, target = (
        count.lines if count else min(words, round(_VOCABULARY_OF_TEXT * sqrt(words)))
        for count, words in zip(lists or (None, None), (train.source_words, train.target_words), strict=True)
    )
    basis = f"lines and words counted, vocabulary {'counted' if lists and all(lists) else 'estimated'}"
    source_ids, target_ids = (min(dataset.max_vocabulary, words) + _SPECIAL_TOKENS for words in (source, target))
    return DatasetSize(train, valid, test, source_ids, target_ids, 0, basis)


def _pairs(source: TextCounts, target: TextCounts, limit: int | None = None) -> SplitSize:
    """Return the size of a split of parallel text. At most `limit` pairs are used."""
    lines = max(1, min(source.lines, target.lines))
    pairs = min(lines, limit or lines)
    return SplitSize(pairs, round(source.words * pairs / lines), round(target.words * pairs / lines), pairs)


def _captions(dataset: CaptionsDataset, folder: Path) -> DatasetSize:
    """Return the size of captioned images from the lists of their names and from their captions."""
    names = [count_text(Path(path)) for path in (dataset.train, dataset.valid, dataset.test)]
    tables = [count_captions(Path(path)) for path in dataset.captions]
    images, each = _ASSUMED_IMAGES, _ASSUMED_CAPTIONS
    known = [max(1, count.lines) for count in names if count is not None]
    if len(known) == len(SPLITS):
        images = (known[0], known[1], known[2])
    counted = [table for table in tables if table is not None]
    if len(counted) == len(tables) and any(table.images for table in counted):
        each = CaptionCounts(*map(sum, zip(*counted, strict=True)))
    basis = "images " + ("assumed" if images is _ASSUMED_IMAGES else "counted")
    basis += ", captions " + ("assumed" if each is _ASSUMED_CAPTIONS else "counted") + ", vocabulary estimated"
    vocabulary = round(_VOCABULARY_OF_CAPTIONS * sqrt(images[0] * each.words / each.images))
    return _images(dataset, images, each, min(vocabulary, dataset.max_vocabulary), folder, basis)


def _feature_width(dataset: CaptionedImages, folder: Path) -> int:
    """Return the width that the features of an image have or will have."""
    made = try_json(folder / "features.json")
    with suppress(KeyError, TypeError, ValueError):
        return _count(made["width"])
    if not isinstance(dataset, MiniCaptionsDataset) and dataset.features:
        import numpy as np

        try:
            open_regular(Path(dataset.features)).close()  # A pipe would never end.
            return int(np.load(dataset.features, mmap_mode="r").shape[1])
        except (UserError, OSError, ValueError, IndexError):
            return _ASSUMED_WIDTH
    return FEATURE_WIDTHS.get(dataset.feature_network, _ASSUMED_WIDTH)
