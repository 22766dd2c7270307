"""The raw files and the prepared files of a data set."""

from pathlib import Path

import pytest
import torch
from pydantic import TypeAdapter

from erac_vaml.config.datasets import Dataset
from erac_vaml.config.published import COCO_IMAGES
from erac_vaml.data.prepare_captions import prepare_captions, write_features
from erac_vaml.data.prepare_text import prepare_text

SPLITS = {"train": "train.txt", "valid": "valid.txt", "test": "test.txt"}
PAIRS = {split: [f"{split}.de", f"{split}.en"] for split in SPLITS}
GIVEN = {"features": "f.npy", "feature_ids": "ids.txt"}
COCO = {"kind": "coco", "annotations": ["train.json", "val.json"], "split": "karpathy.json"}


def dataset(**settings: object) -> Dataset:
    return TypeAdapter(Dataset).validate_python(settings)


@pytest.mark.parametrize(
    ("settings", "files", "images"),
    [
        ({"kind": "mini"}, [], []),
        ({"kind": "iwslt14"}, [], []),
        ({"kind": "iwslt14", "archive": "a.tgz"}, ["a.tgz"], []),
        ({"kind": "parallel", **PAIRS}, [file for pair in PAIRS.values() for file in pair], []),
        (
            {"kind": "parallel", **PAIRS, "vocabularies": ["v.de", "v.en"]},
            [*(file for pair in PAIRS.values() for file in pair), "v.de", "v.en"],
            [],
        ),
        (COCO | {"images": "jpg"}, ["train.json", "val.json", "karpathy.json"], ["jpg"]),
        (COCO | GIVEN | {"images": "jpg"}, ["train.json", "val.json", "karpathy.json"], ["f.npy", "ids.txt"]),
        (
            {"kind": "captions", "captions": ["c.tsv"], **SPLITS, **GIVEN},
            ["c.tsv", *SPLITS.values()],
            ["f.npy", "ids.txt"],
        ),
        ({"kind": "mini-captions"}, [], []),
    ],
)
def test_a_data_set_names_the_files_it_is_made_of(settings: dict, files: list[str], images: list[str]) -> None:
    assert sorted(dataset(**settings).raw_files) == sorted(files)
    assert dataset(**settings).image_sources == images


def test_files_of_mscoco_may_be_missing_and_those_of_other_text_may_not(tmp_path: Path) -> None:
    (tmp_path / "val.json").touch()
    annotations = [str(tmp_path / name) for name in ("train.json", "val.json")]
    coco = dataset(kind="coco", annotations=annotations, split=str(tmp_path / "karpathy.json"), images="jpg")
    assert coco.required_files == [str(tmp_path / "val.json")]
    assert coco.model_copy(update={"download": True}).required_files == []
    parallel = dataset(kind="parallel", **PAIRS)
    assert parallel.required_files == parallel.raw_files


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        ({"images": "jpg"}, True),
        ({"images": "jpg", "feature_network": "timm:resnet50.a1_in1k"}, True),
        ({"images": "jpg", "feature_network": "mini"}, False),
        (GIVEN, False),
    ],
)
def test_only_a_large_network_needs_a_gpu_for_features(settings: dict, needs: bool) -> None:
    assert dataset(**COCO, **settings).needs_gpu == needs


def test_addresses_of_one_file_name_are_those_of_one_archive() -> None:
    urls = ["http://a/x/train2014.zip?y=1", "http://b/val2014.zip", "http://c/train2014.zip"]
    assert COCO_IMAGES["train2014"].among(urls) == [urls[0], urls[2]]


def test_preparation_of_text_writes_the_files_that_the_data_set_names(tmp_path: Path) -> None:
    mini = dataset(kind="mini", train_pairs=20, valid_pairs=5, test_pairs=5, min_count=1)
    prepare_text("mini", mini, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(mini.prepared_files)
    assert (len((tmp_path / mini.references_file).read_text().splitlines()), mini.feature_files) == (5, ())


def test_preparation_of_captions_writes_the_files_that_the_data_set_names(tmp_path: Path) -> None:
    scenes = dataset(kind="mini-captions", train_images=6, valid_images=3, test_images=4)
    prepare_captions("scenes", scenes, tmp_path)
    before = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert before == set(scenes.prepared_files)
    assert len((tmp_path / scenes.references_file).read_text().splitlines()) == 4
    write_features(scenes, tmp_path, torch.device("cpu"))
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} - before == set(scenes.feature_files)
