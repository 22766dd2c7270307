import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from erac_vaml.config.datasets import Iwslt14Dataset, MiniDataset, ParallelDataset
from erac_vaml.data.prepare_text import prepare_text
from erac_vaml.data.prepared import SPLITS, load_prepared, source_split
from erac_vaml.data.vocabulary import UNK, Vocabulary
from erac_vaml.errors import UserError

MINI = MiniDataset(train_pairs=200, valid_pairs=20, test_pairs=30)
REAL = Path(__file__).parents[3] / "shared" / "data" / "iwslt14"
TEXTS = {
    "train.de": "ein Hund\nein Hund\nder Hund sieht\n",
    "train.en": "a Dog\na Dog\nthe Dog sees\n",
    "valid.de": "der Hund\n",
    "valid.en": "the Dog\n",
    "test.de": "ein Hund sieht\ndie Katze\n",
    "test.en": "a <unk> sees\nthe Cat\n",
}


@pytest.fixture
def corpus(tmp_path):
    """A function that writes the texts, with changes, and returns the settings of the data set."""

    def make(changes=None, **settings):
        for name, text in (TEXTS | (changes or {})).items():
            (tmp_path / name).write_bytes(text.encode())
        files = {split: (str(tmp_path / f"{split}.de"), str(tmp_path / f"{split}.en")) for split in SPLITS}
        return ParallelDataset(**files, **({"tokenised": True, "min_count": 1} | settings))

    return make


def statistics(directory):
    return json.loads((directory / "statistics.json").read_text())


def words(side, index, vocabulary):
    return vocabulary.words(side.ids[side.offsets[index] : side.offsets[index + 1]])


def test_text_comes_back_from_its_ids(corpus, tmp_path):
    prepare_text("own", corpus(), tmp_path / "out")
    data = load_prepared(tmp_path / "out")
    assert (len(data.train), len(data.valid), len(data.test)) == (3, 1, 2)
    assert words(data.train.source, 2, data.source_vocabulary) == ["der", "hund", "sieht"]
    assert words(data.train.target, 2, data.target_vocabulary) == ["the", "dog", "sees"]
    assert words(data.test.source, 1, data.source_vocabulary) == ["<unk>", "<unk>"]


def test_scored_text_keeps_unknown_words_and_hides_special_symbols(corpus, tmp_path):
    prepare_text("own", corpus(), tmp_path / "out")
    data = load_prepared(tmp_path / "out")
    assert data.references["test"] == [["a &lt;unk&gt; sees"], ["the cat"]]
    assert (tmp_path / "out" / "test.source.txt").read_text() == "ein hund sieht\ndie katze\n"


def test_statistics_count_tokens_and_unknown_ones(corpus, tmp_path):
    prepare_text("own", corpus(), tmp_path / "out")
    found = statistics(tmp_path / "out")
    assert (found["source_words"], found["target_words"]) == (4, 4)
    assert (found["test"]["target_tokens"], found["test"]["target_unknown_share"]) == (5, 0.4)


def test_case_is_kept_on_request(corpus, tmp_path):
    prepare_text("own", corpus(lowercase=False), tmp_path / "out")
    assert load_prepared(tmp_path / "out").references["valid"] == [["the Dog"]]


def test_raw_text_is_tokenised(corpus, tmp_path):
    prepare_text("own", corpus({"valid.en": 'The dog\'s "R&D".\n'}, tokenised=False), tmp_path / "out")
    assert load_prepared(tmp_path / "out").references["valid"] == [["the dog &apos;s &quot; r &amp; d &quot; ."]]


def test_training_pairs_over_the_limits_are_dropped_and_counted(corpus, tmp_path):
    long = {"train.de": "ein Hund\na b c d\na b c\n", "train.en": "a Dog\na b c d\na\n"}
    prepare_text("own", corpus(long, max_length=3, max_length_ratio=1.5), tmp_path / "out")
    found = statistics(tmp_path / "out")["train"]
    assert (found["pairs"], found["dropped"]) == (1, {"over 3 tokens": 1, "length ratio over 1.5": 1})


@pytest.mark.parametrize(("drop", "pairs", "dropped"), [(False, 2, {}), (True, 1, {"over 2 tokens": 1})])
def test_long_evaluation_pairs_are_counted_and_dropped_on_request(corpus, tmp_path, drop, pairs, dropped):
    prepare_text("own", corpus(max_length=2, drop_long_evaluation=drop), tmp_path / "out")
    found = statistics(tmp_path / "out")["test"]
    assert (found["pairs"], found["dropped"], found["over_max_length"]) == (pairs, dropped, 1)
    assert len(load_prepared(tmp_path / "out").references["test"]) == pairs


def test_evaluation_pairs_of_any_ratio_stay(corpus, tmp_path):
    prepare_text("own", corpus({"valid.en": "a b c d e f\n"}, max_length_ratio=1.5), tmp_path / "out")
    assert statistics(tmp_path / "out")["valid"]["pairs"] == 1


def test_only_the_first_training_pairs_are_used_on_request(corpus, tmp_path):
    prepare_text("own", corpus(max_train_pairs=2), tmp_path / "out")
    assert statistics(tmp_path / "out")["train"]["pairs"] == 2


def test_given_vocabularies_are_taken_in_their_order(corpus, tmp_path):
    (tmp_path / "v.de.gz").write_bytes(gzip.compress(b"<unk>\nsieht\nsieht\n</s>\nhund\nder\n"))
    (tmp_path / "v.en").write_text("sees\n")
    lists = (str(tmp_path / "v.de.gz"), str(tmp_path / "v.en"))
    prepare_text("own", corpus(vocabularies=lists, max_vocabulary=2), tmp_path / "out")
    data = load_prepared(tmp_path / "out")
    assert (data.source_vocabulary.tokens[4:], data.target_vocabulary.tokens[4:]) == (("sieht", "hund"), ("sees",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\nb 12\n", r"v:2: 'b 12' is not one word"),
        ("a\n\n", "v:2: '' is not"),
        ("", "v: no words"),
        ("<s>\n", "v: no words"),
    ],
)
def test_a_malformed_word_list_is_named(corpus, tmp_path, text, message):
    (tmp_path / "v").write_text(text)
    with pytest.raises(UserError, match=message):
        prepare_text("own", corpus(vocabularies=(str(tmp_path / "v"), str(tmp_path / "v"))), tmp_path / "out")


def test_exotic_white_space_stays_inside_its_word(corpus, tmp_path):
    odd = "the\u00a0dog a\u2028b c\u0085d"
    changes = {"train.en": f"{odd}\n{odd}\n{odd}\n", "test.en": f"{odd}\nx\n"}
    prepare_text("own", corpus(changes), tmp_path / "out")
    data = load_prepared(tmp_path / "out")
    assert data.references["test"] == [[odd], ["x"]]
    assert words(data.test.target, 0, data.target_vocabulary) == odd.split(" ")


def test_a_raw_line_of_white_space_alone_is_named(corpus, tmp_path):
    with pytest.raises(UserError, match=r"valid\.de:1: empty line"):
        prepare_text("own", corpus({"valid.de": "\u00a0\n"}, tokenised=False), tmp_path / "out")


def test_two_preparations_write_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        prepare_text("mini", MINI, tmp_path / name)
    files = {name: {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two")}
    assert files["one"] == files["two"]
    assert set(files["one"]) == {
        "statistics.json",
        *(f"vocabulary.{side}.txt" for side in ("source", "target")),
        *(f"{split}.npz" for split in ("train", "valid", "test")),
        *(f"{split}.{side}.txt" for split in ("valid", "test") for side in ("source", "target")),
    }


def test_ids_are_stored_as_int32_without_pickles(tmp_path):
    prepare_text("mini", MINI, tmp_path)
    with np.load(tmp_path / "valid.npz", allow_pickle=False) as arrays:
        types = {name: arrays[name].dtype for name in arrays.files}
    assert types == dict.fromkeys(("source_ids", "target_ids"), np.int32) | dict.fromkeys(
        ("source_offsets", "target_offsets"), np.int64
    )


def test_iwslt14_is_compared_with_its_known_counts(tmp_path, monkeypatch, capsys):
    pairs = [(["a"] * 3, ["b"] * 3)]
    found_pairs = (dict.fromkeys(SPLITS, pairs), {"empty": 2})
    monkeypatch.setattr("erac_vaml.data.prepare_text.iwslt14_pairs", lambda *_: found_pairs)
    prepare_text("iwslt14", Iwslt14Dataset(), tmp_path)
    found = statistics(tmp_path)
    assert found["differences_from_known_counts"]["train"] == {"known": 153_326, "found": 1}
    assert found["train"]["dropped"] == {"empty": 2}
    assert "warning: source_words: 1, known are 32,007" in capsys.readouterr().err


def test_text_to_translate_becomes_a_split_with_empty_targets():
    split = source_split([["a", "b"], ["x"]], Vocabulary.from_words(["a", "b"]))
    batch = split.batch(np.array([0, 1]), torch.device("cpu"))
    assert batch.source.tolist() == [[4, 5], [UNK, 0]]
    assert batch.reference_lengths.tolist() == [1, 1]


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason=f"the IWSLT 2014 subset is not at {REAL}")
def test_the_iwslt14_subset_has_its_published_counts(tmp_path):
    files = {split: (str(REAL / f"{split}.de.gz"), str(REAL / f"{split}.en.gz")) for split in SPLITS}
    prepare_text("subset", ParallelDataset(**files, tokenised=True, max_length_ratio=1.5), tmp_path)
    found = statistics(tmp_path)
    assert [found[split]["pairs"] for split in SPLITS] == [57_708, 6_969, 6_750]
    assert (found["source_words"], found["target_words"]) == (16_876, 13_592)
    assert found["train"]["dropped"] == {}
    assert [round(found["test"][f"{side}_unknown_share"], 3) for side in ("source", "target")] == [0.062, 0.029]
