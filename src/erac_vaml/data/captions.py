"""Read captioned images, by split, from MSCOCO, from a user's own files, or as rendered scenes."""

import contextlib
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pycocotools.coco import COCO

from erac_vaml.config.datasets import SPLITS, CaptionedImages, CaptionsDataset, CocoDataset, MiniCaptionsDataset
from erac_vaml.data.coco_format import Annotations, KarpathySplit, read_form
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.scene_captions import write_scenes
from erac_vaml.errors import UserError

_KARPATHY_SPLITS = {"train": "train", "restval": "train", "val": "valid", "test": "test"}


@dataclass(frozen=True)
class CaptionedImage:
    """An image and its captions."""

    name: str
    """Path of the file, relative to the folder of images."""
    identifier: int | str
    """COCO's number of the image, or else its name."""
    captions: list[str]
    """As published."""


ImagesBySplit = dict[str, list[CaptionedImage]]


def read_captions(dataset: CaptionedImages, directory: Path) -> ImagesBySplit:
    """Return the captioned images of "train", "valid" and "test".

    Args:
        dataset: settings of one of the three sources.
        directory: folder in which rendered scenes are written.

    Raises:
        UserError: a file is missing or malformed, an image has no caption, a caption no image, or an image is in two
            splits or has captions in two of the user's files.
    """
    if isinstance(dataset, MiniCaptionsDataset):
        return _rendered(dataset, directory / "scenes")
    return _coco(dataset) if isinstance(dataset, CocoDataset) else _own(dataset)


def image_folder(dataset: CaptionedImages, directory: Path) -> Path:
    """Return the folder of a data set's image files; that of rendered scenes is in `directory`."""
    if isinstance(dataset, MiniCaptionsDataset):
        return directory / "scenes" / "images"
    return Path(dataset.images or "")


def refuse_overlap(splits: Mapping[str, Iterable[str]], origin: str) -> None:
    """Check that no image is in two splits, or twice in one.

    Args:
        splits: names of images, by split.
        origin: file of the splits, for messages.

    Raises:
        UserError: an image is; the message names it.
    """
    found: dict[str, str] = {}
    for split, names in splits.items():
        for name in names:
            if name in found:
                twice = f"twice in {split}" if found[name] == split else f"in both {found[name]} and {split}"
                raise UserError(f"{origin}: image {name} is {twice}; keep it in one place of the splits")
            found[name] = split


def _rendered(dataset: MiniCaptionsDataset, directory: Path) -> ImagesBySplit:
    counts = {"train": dataset.train_images, "valid": dataset.valid_images, "test": dataset.test_images}
    write_scenes(directory, dataset.seed, counts)
    return {split: list(read_coco(directory / f"{split}.json").values()) for split in counts}


def _coco(dataset: CocoDataset) -> ImagesBySplit:
    annotated = [read_coco(Path(path)) for path in dataset.annotations]
    by_identifier = {image.identifier: image for images in annotated for image in images.values()}
    splits: ImagesBySplit = {split: [] for split in SPLITS}
    path = Path(dataset.split)
    for image in read_form(path, KarpathySplit, "Karpathy's dataset_coco.json").images:
        if image.cocoid not in by_identifier:
            where = " or ".join(dataset.annotations)
            raise UserError(f"{path}: image {image.cocoid} has no caption in {where}; give the files that belong to it")
        name = "/".join(filter(None, (image.filepath, image.filename)))
        captions = by_identifier[image.cocoid].captions
        splits[_KARPATHY_SPLITS[image.split]].append(CaptionedImage(name, image.cocoid, captions))
    refuse_overlap({split: [image.name for image in images] for split, images in splits.items()}, str(path))
    return splits


def _own(dataset: CaptionsDataset) -> ImagesBySplit:
    captioned: dict[str, CaptionedImage] = {}
    origins: dict[str, Path] = {}
    for path in map(Path, dataset.captions):
        found = read_coco(path) if path.suffix == ".json" else read_table(path)
        for name in found:
            if name in captioned:
                raise UserError(f"{path}: image {name} has captions in {origins[name]} too; put them in one file")
        captioned |= found
        origins |= dict.fromkeys(found, path)
    files = {"train": dataset.train, "valid": dataset.valid, "test": dataset.test}
    splits: dict[str, list[str]] = {split: [] for split in files}
    for split, file in files.items():
        for number, name in enumerate(read_lines(Path(file)), start=1):
            if not name:
                continue
            if name not in captioned:
                where = ", ".join(dataset.captions)
                raise UserError(
                    f"{file}:{number}: image {name} has no caption in {where}; add one, or remove the image"
                )
            splits[split].append(name)
    refuse_overlap(splits, ", ".join(files.values()))
    return {split: [captioned[name] for name in names] for split, names in splits.items()}


def read_table(path: Path) -> dict[str, CaptionedImage]:
    """Return the images, by name, of a table of image, tab, caption; other columns may stand between the two.

    Raises:
        UserError: the file cannot be read, or a line has no tab.
    """
    captions: defaultdict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(read_lines(path), start=1):
        columns = line.split("\t")
        if len(columns) < 2 or not columns[0]:
            raise UserError(f"{path}:{number}: no image and caption with a tab between them: {line[:60]!r}; write both")
        captions[columns[0]].append(columns[-1])
    return {name: CaptionedImage(name, name, texts) for name, texts in captions.items()}


def read_coco(path: Path) -> dict[str, CaptionedImage]:
    """Return the images, by file name, of a file in COCO's annotation format.

    Raises:
        UserError: the file cannot be read, the image of a caption is not in it, or two images have one file name.
    """
    content = read_form(path, Annotations, "COCO's annotation format")
    known = {image.id for image in content.images}
    for annotation in content.annotations:
        if annotation.image_id not in known:
            raise UserError(
                f"{path}: caption {annotation.id} belongs to image {annotation.image_id}, which the file does not "
                "list; correct one of them"
            )
    coco = COCO()
    coco.dataset = content.model_dump()
    with contextlib.redirect_stdout(io.StringIO()):  # createIndex prints its progress.
        coco.createIndex()
    captioned: dict[str, CaptionedImage] = {}
    for image in coco.imgs.values():
        name, identifier = image["file_name"], image["id"]
        captions = [annotation["caption"] for annotation in coco.imgToAnns[identifier]]
        if captions and name in captioned:
            raise UserError(
                f"{path}: images {captioned[name].identifier} and {identifier} have one file name, {name}; give all "
                "captions to one of them"
            )
        if captions:
            captioned[name] = CaptionedImage(name, identifier, captions)
    return captioned
