"""Sizes of data sets before and after they are prepared."""

import gzip
import json
import os
import tarfile

import pytest
from efficientnet_lite_pytorch import EfficientNet

from erac_vaml.config import validate_experiment
from erac_vaml.config.datasets import CaptionsDataset, CocoDataset, Iwslt14Dataset, MiniDataset, ParallelDataset
from erac_vaml.data.feature_networks import MiniNetwork
from erac_vaml.data.prepare_captions import prepare_captions
from erac_vaml.data.prepare_text import prepare_text
from erac_vaml.operations.data_size import FEATURE_WIDTHS, SplitSize, dataset_size
from erac_vaml.operations.text_counts import CaptionCounts, TextCounts, count_captions, count_text


def test_the_size_of_prepared_data_is_counted_and_near_what_was_known_before(tmp_path):
    settings = MiniDataset()
    before = dataset_size(settings, tmp_path)
    prepare_text("mini", settings, tmp_path)
    after = dataset_size(settings, tmp_path)
    assert (after.basis, before.basis) == ("counted in prepared data", "counts of its generator")
    assert (after.train.pairs, after.source_vocabulary, after.target_vocabulary) == (1500, 234, 330)
    assert before.train.pairs == after.train.pairs
    assert before.train.target_words == pytest.approx(after.train.target_words, rel=0.1)
    assert before.target_vocabulary == pytest.approx(after.target_vocabulary, rel=0.1)


def test_the_size_of_captioned_scenes_too(tmp_path):
    settings = make_scenes()
    before = dataset_size(settings, tmp_path)
    prepare_captions("scenes", settings, tmp_path)
    after = dataset_size(settings, tmp_path)
    assert (after.train.pairs, after.train.decoded, after.images) == (100, 20, 30)
    assert (before.train, before.feature_width) == (
        SplitSize(100, 0, 900, 20),
        after.feature_width,
    )
    assert after.train.target_words == pytest.approx(900, rel=0.1)


def make_scenes():
    dataset = {"kind": "mini-captions", "train_images": 20, "valid_images": 5, "test_images": 5}
    task = {"dataset": "scenes"}
    return validate_experiment({"name": "x", "datasets": {"scenes": dataset}, "tasks": {"c": task}}).datasets["scenes"]


def test_the_known_widths_are_those_of_the_networks():
    assert FEATURE_WIDTHS["mini"] == MiniNetwork().width
    assert EfficientNet.from_name("efficientnet-lite2")._fc.in_features == FEATURE_WIDTHS["efficientnet-lite2"]


def test_the_files_of_a_corpus_are_counted_before_it_is_prepared(tmp_path):
    def files(name, source, target):
        with gzip.open(tmp_path / f"{name}.de.gz", "wt") as stream:
            stream.write(source)
        (tmp_path / f"{name}.en").write_text(target)
        return str(tmp_path / f"{name}.de.gz"), str(tmp_path / f"{name}.en")

    splits = {
        "train": files("train", "eins zwei drei\n" * 1000, "one two\n" * 1000),
        "valid": files("valid", "eins\n" * 50, "one\n" * 49 + "one"),
        "test": files("test", "eins\n" * 70, "one two\n" * 70),
    }
    found = dataset_size(ParallelDataset(**splits), tmp_path / "data")
    assert (found.train, found.valid.pairs) == (SplitSize(1000, 3000, 2000, 1000), 50)
    assert found.basis == "lines and words counted, vocabulary estimated"
    assert found.source_vocabulary == round(16 * 3000**0.5) + 4
    some_pairs = dataset_size(ParallelDataset(**splits, max_train_pairs=10), tmp_path / "data")
    assert some_pairs.train == SplitSize(10, 30, 20, 10)
    words = tmp_path / "words"
    words.write_text("a\nb\nc\n")
    given = dataset_size(ParallelDataset(**splits, vocabularies=(str(words), str(words))), tmp_path / "data")
    assert (given.source_vocabulary, given.target_vocabulary) == (7, 7)


def test_a_corpus_that_is_not_there_is_assumed_and_its_file_named(tmp_path):
    missing = dict.fromkeys(("train", "valid", "test"), ("none.de", "none.en"))
    found = dataset_size(ParallelDataset(**missing), tmp_path / "data")
    assert (found.train.pairs, found.basis) == (150_000, "assumed, because none.de cannot be read")


def test_only_readable_regular_files_are_counted(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "damaged.gz").write_text("no gzip")
    (tmp_path / "bad.json").write_text("[]")
    assert count_text(tmp_path / "pipe") is count_text(tmp_path / "damaged.gz") is count_text(tmp_path / "none") is None
    assert count_captions(tmp_path / "bad.json") is None
    (tmp_path / "empty").write_text("")
    assert count_text(tmp_path / "empty") == TextCounts(0, 0)


def test_an_archive_of_iwslt_that_may_differ_is_counted(tmp_path):
    texts = {}
    for language, line in (("de", "eins zwei drei"), ("en", "one two")):
        texts[f"train.tags.de-en.{language}"] = "<url>none</url>\n" + f"{line}\n" * 46
        for name in ("TED.dev2010", "TEDX.dev2012", "TED.tst2010", "TED.tst2011", "TED.tst2012"):
            texts[f"IWSLT14.{name}.de-en.{language}.xml"] = f'<seg id="1"> {line} </seg>\n'
    with tarfile.open(tmp_path / "de-en.tgz", "w:gz") as tar:
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
            tar.add(tmp_path / name, f"de-en/{name}")
    found = dataset_size(Iwslt14Dataset(archive=str(tmp_path / "de-en.tgz"), check_counts=False), tmp_path)
    assert found.train == SplitSize(pairs=44, source_words=132, target_words=88, decoded=44)
    assert (found.valid.pairs, found.test.pairs, found.test.target_words) == (2, 5, 10)
    missing = dataset_size(Iwslt14Dataset(archive="none.tgz", check_counts=False), tmp_path)
    assert missing.basis == "assumed, because none.tgz cannot be read"


def test_captions_are_counted(tmp_path):
    (tmp_path / "captions.tsv").write_text("a\tein Hund\na\tnoch ein Hund\nb\t0\teine Katze\n")
    annotations = [{"image_id": 1, "caption": "a dog"}, {"image_id": 1, "caption": "one more dog"}]
    (tmp_path / "captions.json").write_text(json.dumps({"annotations": annotations}))
    assert count_captions(tmp_path / "captions.tsv") == CaptionCounts(images=2, captions=3, words=7)
    assert count_captions(tmp_path / "captions.json") == CaptionCounts(images=1, captions=2, words=5)
    names = {name: str(tmp_path / f"{name}.txt") for name in ("train", "valid", "test")}
    for path in names.values():
        (tmp_path / path).write_text("a\nb\n")
    files = [str(tmp_path / "captions.tsv"), str(tmp_path / "captions.json")]
    found = dataset_size(CaptionsDataset(captions=files, images="d", **names), tmp_path / "data")
    assert found.train == SplitSize(pairs=3, source_words=0, target_words=8, decoded=2)  # 5/3 captions an image
    assert found.basis == "images counted, captions counted, vocabulary estimated"


def test_known_data_sets_have_their_known_counts(tmp_path):
    iwslt = dataset_size(Iwslt14Dataset(), tmp_path)
    assert (iwslt.train.pairs, iwslt.source_vocabulary, iwslt.target_vocabulary) == (153_326, 32_011, 22_824)
    coco = dataset_size(CocoDataset(annotations=("a", "b"), split="c", images="d"), tmp_path)
    assert (coco.images, coco.feature_width) == (123_287, 2048)
    names = {name: str(tmp_path / f"{name}.txt") for name in ("train", "valid", "test")}
    for path in names.values():
        (tmp_path / path).write_text("a\nb\n")
    own = CaptionsDataset(captions=["none.tsv"], images="d", feature_network="efficientnet-lite2", **names)
    found = dataset_size(own, tmp_path / "data")
    assert (found.train.pairs, found.images, found.feature_width) == (10, 6, 1280)


@pytest.mark.parametrize(
    "statistics",
    [[], {"train": []}, {"train": {"pairs": "x", "target_tokens": 1}}, {"train": {"pairs": -1, "target_tokens": 1}}, 3],
)
def test_odd_statistics_count_as_none(tmp_path, statistics):
    (tmp_path / "statistics.json").write_text(json.dumps(statistics))
    (tmp_path / "features.json").write_text(json.dumps({"width": "x"}))
    assert dataset_size(MiniDataset(), tmp_path).basis == "counts of its generator"


def test_odd_captions_have_no_counts(tmp_path):
    for content in ("[" * 100_000, "[]", '{"annotations": [1]}', '{"annotations": [{"image_id": 1, "caption": 2}]}'):
        (tmp_path / "captions.json").write_text(content)
        assert count_captions(tmp_path / "captions.json") is None
