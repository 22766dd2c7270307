"""Preparation of captioned images, and the data set that training loads."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from erac_vaml.config.datasets import CaptionsDataset, CocoDataset, MiniCaptionsDataset
from erac_vaml.data import prepare_captions as module
from erac_vaml.data.prepare_captions import prepare_captions, write_features
from erac_vaml.data.prepared import PreparedDataset, identifier_of, identifier_text, load_prepared
from erac_vaml.errors import UserError

CPU = torch.device("cpu")
CAPTIONS = {
    "1.png": ["a cat", "a black cat sits"],
    "2.png": ["a dog", "the dog runs far away"],
    "3.png": ["a cat"],
    "4.png": ["a <unk> dog", "one zebra"],
}
SPLITS = {"train": ["2.png", "1.png"], "valid": ["3.png"], "test": ["4.png"]}
FEATURES = np.array([[4.0, 0.5], [3.0, 0.5], [2.0, 0.5], [1.0, 0.5], [9.0, 9.0]], np.float32)
FEATURE_IDS = ["4.png", "3.png", "2.png", "1.png", "unused.png"]


def own(folder: Path, captions: dict[str, list[str]] = CAPTIONS, ids: list[str] = FEATURE_IDS, **settings: object):
    """Return a data set of four images with given features."""
    lines = [f"{name}\t{text}\n" for name, texts in captions.items() for text in texts]
    (folder / "captions.tsv").write_text("".join(lines), encoding="utf-8")
    for split, names in SPLITS.items():
        (folder / f"{split}.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    np.save(folder / "features.npy", FEATURES[: len(ids)])
    (folder / "ids.txt").write_text("\n".join(ids) + "\n", encoding="utf-8")
    values = {split: str(folder / f"{split}.txt") for split in SPLITS}
    values |= {"features": str(folder / "features.npy"), "feature_ids": str(folder / "ids.txt")}
    values |= {"captions": [str(folder / "captions.tsv")], "tokeniser": "none", "min_count": 1}
    return CaptionsDataset(**values | settings)


def prepared(dataset: CaptionsDataset | MiniCaptionsDataset, folder: Path) -> PreparedDataset:
    prepare_captions("own", dataset, folder / "out")
    write_features(dataset, folder / "out", CPU)
    return load_prepared(folder / "out")


def sayings(data: PreparedDataset, split: str) -> list[list[str]]:
    """Return the first feature and the words of each pair."""
    pairs = getattr(data, split)
    batch = pairs.batch(np.arange(len(pairs)), CPU)
    words = [data.target_vocabulary.words(ids) for ids in batch.references.tolist()]
    return [[f"{feature:g}", *saying] for feature, saying in zip(batch.source[:, 0].tolist(), words, strict=True)]


def test_what_is_missing_here_is_told_before_images_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"annotations": ("a.json", "b.json"), "split": "c.json", "images": "coco", "download": True}
    monkeypatch.setattr(module, "fetch_coco", lambda dataset: pytest.fail("images came"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="there is no `java` on the PATH"):
        prepare_captions("coco", CocoDataset(**files), tmp_path / "out")
    with pytest.raises(UserError, match=r"timm:nothing needs timm|Unknown model \(nothing\)"):
        prepare_captions(
            "coco", CocoDataset(**files, tokeniser="none", feature_network="timm:nothing"), tmp_path / "out"
        )


def test_a_pair_has_the_features_of_its_own_image(tmp_path: Path) -> None:
    data = prepared(own(tmp_path), tmp_path)
    assert sayings(data, "train") == [
        ["2", "a", "dog"],
        ["2", "the", "dog", "runs", "far", "away"],
        ["1", "a", "cat"],
        ["1", "a", "black", "cat", "sits"],
    ]
    assert sayings(data, "test") == [["4", "a", "<unk>", "dog"], ["4", "<unk>", "<unk>"]]
    assert data.feature_width == 2
    assert data.source_vocabulary is None


def test_references_are_all_captions_of_an_image_with_their_raw_words(tmp_path: Path) -> None:
    data = prepared(own(tmp_path), tmp_path)
    assert data.references == {"valid": [["a cat"]], "test": [["a &lt;unk&gt; dog", "one zebra"]]}
    assert data.image_identifiers == {"valid": ["3.png"], "test": ["4.png"]}


@pytest.mark.parametrize("identifier", [12, "0012", "12", "12.png", '"12"', '"a".png', '"a"'])
def test_an_identifier_is_read_as_it_was_written(identifier) -> None:
    found = identifier_of(identifier_text(identifier))
    assert (type(found), found) == (type(identifier), identifier)


def test_rare_words_are_unknown(tmp_path: Path) -> None:
    data = prepared(own(tmp_path, min_count=2), tmp_path)
    assert data.target_vocabulary.tokens[4:] == ("a", "cat", "dog")


def test_long_training_captions_leave_and_long_ones_of_test_stay(tmp_path: Path) -> None:
    data = prepared(own(tmp_path, max_length=2), tmp_path)
    assert sayings(data, "train") == [["2", "a", "dog"], ["1", "a", "cat"]]
    assert len(data.test) == 2
    statistics = json.loads((tmp_path / "out" / "statistics.json").read_text())
    assert statistics["train"]["dropped"] == {"captions": 2}


def test_an_image_whose_captions_are_all_empty_is_dropped_and_counted(tmp_path: Path) -> None:
    data = prepared(own(tmp_path, CAPTIONS | {"2.png": [" "]}), tmp_path)
    assert sayings(data, "train") == [["1", "a", "cat"], ["1", "a", "black", "cat", "sits"]]
    statistics = json.loads((tmp_path / "out" / "statistics.json").read_text())
    assert statistics["train"]["dropped"] == {"captions": 1, "images": 1}


def test_a_vocabulary_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no word occurs 9 times in the training captions; lower min_count"):
        prepare_captions("own", own(tmp_path, min_count=9), tmp_path / "out")


def test_rendered_scenes_become_features_of_their_own_pictures(tmp_path: Path) -> None:
    settings = MiniCaptionsDataset(train_images=12, valid_images=3, test_images=4)
    data = prepared(settings, tmp_path)
    assert [len(split) for split in (data.train, data.valid, data.test)] == [60, 15, 20]
    assert [len(references) for references in data.references["test"]] == [5] * 4
    features = np.load(tmp_path / "out" / "features.npy")
    assert features.dtype == np.float16
    assert len(np.unique(features, axis=0)) == 19
    assert all(isinstance(identifier, int) for identifier in data.image_identifiers["test"])
