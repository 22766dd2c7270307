"""MSCOCO in small: the four published archives with a few images, at the paths of the real ones."""

import io
import json
import zipfile
from urllib.parse import urlsplit

from PIL import Image

from erac_vaml.config.datasets import CocoDataset

FOLDERS = {"train2014": range(1, 9), "val2014": range(9, 15)}
"""COCO's numbers of the images in each folder."""
SPLITS = {9: "restval", 10: "restval", 11: "val", 12: "val", 13: "test", 14: "test"}
"""Karpathy's split of each image that is not in "train"."""


def image_name(folder: str, number: int) -> str:
    """Return the name of an image's file."""
    return f"COCO_{folder}_{number:012}.jpg"


def archives() -> dict[str, bytes]:
    """Return the content of each archive by the path of its address."""
    annotations = {f"annotations/captions_{folder}.json": _captions(folder) for folder in FOLDERS}
    split = {"images": [_split_entry(folder, number) for folder in FOLDERS for number in FOLDERS[folder]]}
    contents = [
        annotations | {"annotations/instances_train2014.json": b"{}"},
        {"dataset_flickr8k.json": b"{}", "dataset_coco.json": json.dumps(split).encode()},
        *(
            {f"{folder}/{image_name(folder, number)}": _jpeg(number) for number in FOLDERS[folder]}
            for folder in FOLDERS
        ),
    ]
    paths = [urlsplit(archive.urls[0]).path for archive in CocoDataset.archives]
    return dict(zip(paths, map(pack, contents), strict=True))


def pack(files: dict[str, bytes]) -> bytes:
    """Return a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def _captions(folder: str) -> bytes:
    numbers = FOLDERS[folder]
    images = [{"id": number, "file_name": image_name(folder, number)} for number in numbers]
    annotations = [
        {"id": 10 * number + part, "image_id": number, "caption": f"image {number} in words"}
        for number in numbers
        for part in range(5)
    ]
    return json.dumps({"images": images, "annotations": annotations}).encode()


def _split_entry(folder: str, number: int) -> dict[str, object]:
    name, split = image_name(folder, number), SPLITS.get(number, "train")
    return {"split": split, "filename": name, "filepath": folder, "cocoid": number}


def _jpeg(number: int) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (48, 48), (17 * number, 80, 255 - 17 * number)).save(content, "JPEG")
    return content.getvalue()
