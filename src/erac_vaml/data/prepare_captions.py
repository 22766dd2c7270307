"""Prepare captioned images for training: vocabulary, ids, the captions that are scored, statistics, and features."""

import sys
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from erac_vaml.config.datasets import SCORED_SPLITS, SPLITS, CaptionedImages, CocoDataset
from erac_vaml.config.published import COCO_COUNTS
from erac_vaml.data.captions import CaptionedImage, image_folder, read_captions
from erac_vaml.data.coco_archives import fetch_coco
from erac_vaml.data.corpus import Words
from erac_vaml.data.feature_extraction import extract_features, select_features
from erac_vaml.data.feature_networks import build_feature_network
from erac_vaml.data.features import load_features
from erac_vaml.data.preparation import begin_preparation, differences_from_known, end_preparation, write_arrays
from erac_vaml.data.prepared import identifier_text, read_image_table
from erac_vaml.data.ptb import tokenise_captions
from erac_vaml.data.sides import flatten
from erac_vaml.data.vocabulary import SPECIAL_TOKENS, UNK, Vocabulary, escape
from erac_vaml.errors import UserError
from erac_vaml.files import write_text

_TokenisedImage = tuple[CaptionedImage, list[Words]]


def prepare_captions(name: str, dataset: CaptionedImages, directory: Path) -> None:
    """Write a data set's files into a folder: vocabulary, `{split}.npz`, `images.tsv`, the scored captions, statistics.

    `images.tsv` has a line for each image: name, identifier, split. Row n of the features, which `write_features`
    makes, belongs to line n. MSCOCO is fetched first, if the settings say so.

    Args:
        name: name of the data set, for messages.
        dataset: its settings.
        directory: the folder; created if missing.

    Raises:
        UserError: a file is missing or malformed (`read_captions`) or cannot be fetched (`fetch_coco`), an image file
            is missing, or a split or the vocabulary is empty.
    """
    if isinstance(dataset, CocoDataset) and dataset.download:
        _refuse_missing_tools(dataset)
        fetch_coco(dataset)
    splits = read_captions(dataset, directory)
    _refuse_missing_files(dataset, splits, directory)
    tokenised, dropped = _tokenised(name, dataset, splits)
    counts = Counter(word for _, captions in tokenised["train"] for words in captions for word in words)
    vocabulary = Vocabulary.from_counts(counts, dataset.min_count, dataset.max_vocabulary)
    if len(vocabulary) == len(SPECIAL_TOKENS):
        raise UserError(
            f"datasets.{name}: no word occurs {dataset.min_count} times in the training captions; lower min_count"
        )

    begin_preparation(directory)
    vocabulary.save(directory / "vocabulary.target.txt")
    statistics: dict[str, Any] = {
        "name": name,
        "kind": dataset.kind,
        "tokeniser": dataset.tokeniser,
        "target_words": len(vocabulary) - len(SPECIAL_TOKENS),
    }
    first_row, table = 0, []
    for split, images in tokenised.items():
        statistics[split] = _write_split(directory, split, images, vocabulary, first_row)
        statistics[split]["dropped"] = dict(dropped[split])
        table += [f"{image.name}\t{identifier_text(image.identifier)}\t{split}\n" for image, _ in images]
        first_row += len(images)
    write_text(directory / "images.tsv", "".join(table))
    if isinstance(dataset, CocoDataset) and dataset.check_counts:
        found = {split: len(images) for split, images in splits.items()}
        statistics["differences_from_known_counts"] = differences_from_known(COCO_COUNTS, found, "images of MSCOCO")
    end_preparation(directory, dataset, statistics)
    shown = " / ".join(f"{statistics[split]['images']:,}" for split in SPLITS)
    print(f"datasets.{name}: {shown} images, {statistics['target_words']:,} words; in {directory}")


def write_features(dataset: CaptionedImages, directory: Path, device: torch.device) -> None:
    """Write the features of a prepared data set's images into its folder: the given ones, or those of its network.

    Raises:
        UserError: the data set is not prepared, or an image or its row of the given features is missing or damaged.
    """
    names = [name for name, _, _ in read_image_table(directory)]
    if dataset.given_features:
        matrix, rows = dataset.given_features
        select_features(load_features(Path(matrix), Path(rows)), names, directory, origin=matrix)
        return
    extract_features(
        image_folder(dataset, directory),
        names,
        dataset.feature_network,
        directory,
        batch_size=dataset.feature_batch_size,
        device=device,
    )


def _refuse_missing_tools(dataset: CocoDataset) -> None:
    """Check, before 20 GB of images are downloaded, that captions can be tokenised and features computed.

    The weights of the network are downloaded here, because the job that needs them may have no access to the internet.
    """
    tokenise_captions(["a caption"], dataset.tokeniser)
    if not dataset.given_features:
        build_feature_network(dataset.feature_network)


def _refuse_missing_files(dataset: CaptionedImages, splits: dict[str, list[CaptionedImage]], directory: Path) -> None:
    if dataset.given_features:
        return
    folder = image_folder(dataset, directory)
    missing = [image.name for image in chain.from_iterable(splits.values()) if not (folder / image.name).is_file()]
    if missing:
        more = f", nor are {len(missing) - 1:,} others" if len(missing) > 1 else ""
        raise UserError(f"{folder / missing[0]}: no such image{more}; set `images` to the folder of all images")


def _tokenised(
    name: str, dataset: CaptionedImages, splits: dict[str, list[CaptionedImage]]
) -> tuple[dict[str, list[_TokenisedImage]], dict[str, Counter[str]]]:
    """Return the images with their tokenised captions, and counts of the dropped captions and images."""
    raw = [caption for images in splits.values() for image in images for caption in image.captions]
    words = iter(tokenise_captions(raw, dataset.tokeniser))
    tokenised: dict[str, list[_TokenisedImage]] = {split: [] for split in SPLITS}
    dropped: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for split, images in splits.items():
        # Captions of valid and test are only scored, so they may have any length.
        limit = dataset.max_length if split == "train" else sys.maxsize
        for image in images:
            captions = [next(words) for _ in image.captions]
            kept = [caption for caption in captions if 0 < len(caption) <= limit]
            dropped[split]["captions"] += len(captions) - len(kept)
            if kept:
                tokenised[split].append((image, kept))
            else:
                dropped[split]["images"] += 1
        if not tokenised[split]:
            raise UserError(
                f"datasets.{name}: no captioned image of {split} is left, {dict(dropped[split])}; name some, or raise "
                "max_length"
            )
    return tokenised, dropped


def _write_split(
    directory: Path, split: str, images: list[_TokenisedImage], vocabulary: Vocabulary, first_row: int
) -> dict[str, Any]:
    """Write a split's pairs, and the captions of valid and test; return the split's counts."""
    sizes = [len(captions) for _, captions in images]
    side = flatten([words for _, captions in images for words in captions], vocabulary)
    rows = np.repeat(np.arange(first_row, first_row + len(images)), sizes)
    write_arrays(directory / f"{split}.npz", rows=rows, target_ids=side.ids, target_offsets=side.offsets)
    if split in SCORED_SPLITS:
        lines = ["\t".join(" ".join(map(escape, words)) for words in captions) for _, captions in images]
        write_text(directory / f"{split}.references.txt", "\n".join(lines) + "\n")
    return {
        "images": len(images),
        "pairs": len(rows),
        "target_tokens": len(side.ids),
        "target_unknown_share": round(float((side.ids == UNK).mean()), 5),
    }
