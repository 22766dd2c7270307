"""Readers of captioned images: COCO's format with Karpathy's split, and tables. bad_data.py has their errors."""

import gzip
import json
from pathlib import Path

from erac_vaml.config.datasets import CaptionsDataset, CocoDataset
from erac_vaml.data.captions import CaptionedImage, read_captions, read_table


def coco_file(path: Path, images: dict[int, str], captions: list[tuple[int, str]]) -> str:
    """Write COCO's annotation format: images by id, captions as (image, text)."""
    content = {
        "info": {},
        "licenses": [],
        "images": [{"id": number, "file_name": name, "height": 1, "width": 1} for number, name in images.items()],
        "annotations": [
            {"id": number, "image_id": image, "caption": text} for number, (image, text) in enumerate(captions)
        ],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def karpathy(path: Path, entries: list[tuple[str, str, int]]) -> str:
    """Write Karpathy's format: (split, file name, COCO's number)."""
    images = [
        {"split": split, "filename": name, "filepath": "val2014", "cocoid": number, "sentences": []}
        for split, name, number in entries
    ]
    path.write_text(json.dumps({"images": images, "dataset": "coco"}), encoding="utf-8")
    return str(path)


def test_karpathys_split_of_the_official_annotations(tmp_path: Path) -> None:
    first = coco_file(tmp_path / "train.json", {1: "a.jpg"}, [(1, "A cat ."), (1, "One cat")])
    names = {2: "b.jpg", 3: "c.jpg", 4: "d.jpg"}
    second = coco_file(tmp_path / "val.json", names, [(4, "Four"), (2, "Two"), (3, "Three")])
    entries = [("train", "a.jpg", 1), ("restval", "b.jpg", 2), ("val", "c.jpg", 3), ("test", "d.jpg", 4)]
    split = karpathy(tmp_path / "dataset_coco.json", entries)
    dataset = CocoDataset(annotations=(first, second), split=split, images=str(tmp_path))
    assert read_captions(dataset, tmp_path) == {
        "train": [
            CaptionedImage("val2014/a.jpg", 1, ["A cat .", "One cat"]),
            CaptionedImage("val2014/b.jpg", 2, ["Two"]),
        ],
        "valid": [CaptionedImage("val2014/c.jpg", 3, ["Three"])],
        "test": [CaptionedImage("val2014/d.jpg", 4, ["Four"])],
    }


def test_a_table_may_have_columns_between_image_and_caption_and_be_gzipped(tmp_path: Path) -> None:
    path = tmp_path / "captions.tsv.gz"
    path.write_bytes(gzip.compress(b"a.jpg\t0\tone\nb.jpg\t0\ttwo\na.jpg\t1\tthree\n"))
    assert read_table(path) == {
        "a.jpg": CaptionedImage("a.jpg", "a.jpg", ["one", "three"]),
        "b.jpg": CaptionedImage("b.jpg", "b.jpg", ["two"]),
    }


def test_own_captions_are_split_by_files_of_names(tmp_path: Path) -> None:
    texts = {"captions.tsv": "".join(f"{n}.jpg\tcaption {n}\n" for n in range(1, 5))}
    texts |= {"train.txt": "4.jpg\n1.jpg\n", "valid.txt": "2.jpg\n", "test.txt": "3.jpg\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = {split: str(tmp_path / f"{split}.txt") for split in ("train", "valid", "test")}
    dataset = CaptionsDataset(captions=[str(tmp_path / "captions.tsv")], images=str(tmp_path), **files)
    splits = read_captions(dataset, tmp_path)
    assert [image.name for image in splits["train"]] == ["4.jpg", "1.jpg"]
    assert splits["test"] == [CaptionedImage("3.jpg", "3.jpg", ["caption 3"])]
