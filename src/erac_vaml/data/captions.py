"""Captioned images of three sources, by split: MSCOCO, anybody's own, rendered scenes."""

import contextlib
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycocotools.coco import COCO

from erac_vaml.config.datasets import CaptionedImages, CaptionsDataset, CocoDataset, MiniCaptionsDataset
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.scene_captions import write_scenes
from erac_vaml.errors import UserError

KNOWN_COUNTS = {"train": 113_287, "valid": 5_000, "test": 5_000}
"""Images of Karpathy's split of MSCOCO, "restval" in train."""

_KARPATHY_SPLITS = {"train": "train", "restval": "train", "val": "valid", "test": "test"}


@dataclass(frozen=True)
class CaptionedImage:
    """One image and what people say of it."""

    name: str
    """Path of its file below the folder of images."""
    identifier: int | str
    """COCO's number of it; its name where it has none."""
    captions: list[str]
    """As published."""


ImagesBySplit = dict[str, list[CaptionedImage]]


def read_captions(dataset: CaptionedImages, directory: Path) -> ImagesBySplit:
    """Return the captioned images of "train", "valid" and "test".

    Args:
        dataset: settings of one of the three sources.
        directory: where rendered scenes are written.

    Raises:
        UserError: a file is missing or malformed, an image has no caption or a caption no image, or an image is in two
            splits.
    """
    if isinstance(dataset, MiniCaptionsDataset):
        return _rendered(dataset, directory / "scenes")
    splits = _coco(dataset) if isinstance(dataset, CocoDataset) else _own(dataset)
    refuse_overlap({split: [image.name for image in images] for split, images in splits.items()})
    return splits


def image_folder(dataset: CaptionedImages, directory: Path) -> Path:
    """Return the folder below which a data set's image files lie; it is made in `directory` for rendered scenes."""
    if isinstance(dataset, MiniCaptionsDataset):
        return directory / "scenes" / "images"
    return Path(dataset.images or "")


def refuse_overlap(splits: Mapping[str, Iterable[str]]) -> None:
    """Check that no image is in two splits, or twice in one.

    Raises:
        UserError: one is; it is named.
    """
    found: dict[str, str] = {}
    for split, names in splits.items():
        for name in names:
            if name in found:
                twice = f"twice in {split}" if found[name] == split else f"in both {found[name]} and {split}"
                raise UserError(f"image {name} is {twice}; keep it in one place of the splits")
            found[name] = split


def _rendered(dataset: MiniCaptionsDataset, directory: Path) -> ImagesBySplit:
    counts = {"train": dataset.train_images, "valid": dataset.valid_images, "test": dataset.test_images}
    write_scenes(directory, dataset.seed, counts)
    return {split: list(read_coco(directory / f"{split}.json").values()) for split in counts}


def _coco(dataset: CocoDataset) -> ImagesBySplit:
    annotated = [read_coco(Path(path)) for path in dataset.annotations]
    by_identifier = {image.identifier: image for images in annotated for image in images.values()}
    splits: ImagesBySplit = {split: [] for split in KNOWN_COUNTS}
    path = Path(dataset.split)
    for entry in _entries(path, "images"):
        try:
            split, identifier, name = _KARPATHY_SPLITS[entry["split"]], entry["cocoid"], entry["filename"]
        except (KeyError, TypeError):
            raise UserError(
                f"{path}: an image without split, cocoid or filename; give Karpathy's dataset_coco.json"
            ) from None
        if identifier not in by_identifier:
            raise UserError(f"{path}: image {identifier} has no caption in {' or '.join(dataset.annotations)}")
        name = "/".join(filter(None, (entry.get("filepath"), name)))
        splits[split].append(CaptionedImage(name, identifier, by_identifier[identifier].captions))
    return splits


def _own(dataset: CaptionsDataset) -> ImagesBySplit:
    captioned: dict[str, CaptionedImage] = {}
    for text in dataset.captions:
        path = Path(text)
        captioned |= read_coco(path) if path.suffix == ".json" else read_table(path)
    splits = {}
    for split, names in (("train", dataset.train), ("valid", dataset.valid), ("test", dataset.test)):
        splits[split] = [name for name in read_lines(Path(names)) if name]
        for number, name in enumerate(splits[split], start=1):
            if name not in captioned:
                raise UserError(f"{names}:{number}: image {name} has no caption in {', '.join(dataset.captions)}")
    return {split: [captioned[name] for name in names] for split, names in splits.items()}


def read_table(path: Path) -> dict[str, CaptionedImage]:
    """Return the images of a table of image, tab, caption, by name; of more columns the first and the last count.

    Raises:
        UserError: the file cannot be read, or a line has no tab.
    """
    captions: defaultdict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(read_lines(path), start=1):
        columns = line.split("\t")
        if len(columns) < 2 or not columns[0]:
            raise UserError(f"{path}:{number}: no image and caption with a tab between them: {line[:60]!r}")
        captions[columns[0]].append(columns[-1])
    return {name: CaptionedImage(name, name, texts) for name, texts in captions.items()}


def read_coco(path: Path) -> dict[str, CaptionedImage]:
    """Return the images of a file in COCO's annotation format, by file name.

    Raises:
        UserError: the file cannot be read, or a caption's image is not in it.
    """
    images, annotations = _entries(path, "images"), _entries(path, "annotations")
    known = {image.get("id") for image in images}
    for annotation in annotations:
        if annotation.get("image_id") not in known:
            raise UserError(
                f"{path}: caption {annotation.get('id')} is of image {annotation.get('image_id')}, which is not among "
                "its images; mend the one or the other"
            )
    with contextlib.redirect_stdout(io.StringIO()):  # it tells of its progress there
        coco = COCO(str(path))
    try:
        return {
            image["file_name"]: CaptionedImage(
                image["file_name"], image["id"], [annotation["caption"] for annotation in coco.imgToAnns[image["id"]]]
            )
            for image in coco.imgs.values()
            if coco.imgToAnns[image["id"]]
        }
    except KeyError as error:
        raise UserError(f"{path}: an image or a caption without {error}; give COCO's annotation format") from None


def _entries(path: Path, key: str) -> list[dict[str, Any]]:
    """Return a list of a JSON file.

    Raises:
        UserError: the file cannot be read, is no JSON, or has no such list.
    """
    try:
        found = json.loads("\n".join(read_lines(path)))[key]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: no JSON with a list of {key} ({error}); copy the file again") from None
    if not isinstance(found, list):
        raise UserError(f"{path}: its {key} are not a list; copy the file again")
    return found
