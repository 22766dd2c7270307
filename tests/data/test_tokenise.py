"""Raw text becomes the tokens of the published sets, and tokens become text again."""

import pytest

from erac_vaml.config.datasets import Iwslt14Dataset, MiniDataset, ParallelDataset, TextForm
from erac_vaml.data.mini import mini_pairs
from erac_vaml.data.tokenise import texts_of, words_of

ENGLISH, CASED = (TextForm(tokeniser="moses:en", lowercase=lowercase) for lowercase in (True, False))
GERMAN = TextForm(tokeniser="moses:de", lowercase=True)
FILES = {split: (f"{split}.fr", f"{split}.en") for split in ("train", "valid", "test")}


@pytest.mark.parametrize(
    ("raw", "tokens"),
    [
        ("It's “R&amp;D”, isn’t it?", "it &apos;s “ r &amp; amp ; d ” , isn &apos;t it ?"),
        ('He said: "Mr. Smith [left]."', "he said : &quot; mr. smith &#91; left &#93; . &quot;"),
    ],
)
def test_english_is_tokenised_as_in_the_published_sets(raw, tokens):
    assert words_of([raw], ENGLISH) == [tokens.split(" ")]


def test_white_space_of_raw_text_parts_words():
    assert words_of(["a\u00a0b\u2028c", "\u00a0"], GERMAN) == [["a", "b", "c"], []]


def test_tokens_are_only_parted_and_cased():
    line = "It &apos;s “ R&amp;D ” @-@ a\u00a0b"
    assert words_of([line], CASED, tokenised=True) == [line.split(" ")]
    assert words_of([line], TextForm(tokeniser=None, lowercase=True)) == [line.lower().split(" ")]


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        (GERMAN, "„süßes öl“, sagte er, kostet 3,5% & mehr [fast] – für müller-lüdenscheid."),
        (ENGLISH, "he said, \"it's r & d, isn't it?\" don't ask | now"),
        (CASED, "The dogs' owner (Mr. Smith) pays $5."),
        (CASED, ""),
    ],
)
def test_what_was_tokenised_becomes_the_text_again(form, raw):
    assert texts_of(words_of([raw], form), form) == [raw]


def test_an_unknown_word_stays_visible():
    assert texts_of([["the", "<unk>", "&apos;s", "<unk>", "."]], ENGLISH) == ["the <unk>'s <unk>."]


def test_tokens_of_an_unknown_tokeniser_stay_tokens():
    assert texts_of([["it", "&apos;s", "."]], TextForm(tokeniser=None, lowercase=True)) == ["it &apos;s ."]


def test_each_kind_of_data_set_knows_how_its_text_was_made():
    own = {"source_language": "fr", "lowercase": False, **FILES}
    assert ParallelDataset(**own).text_forms == (TextForm(tokeniser="moses:fr", lowercase=False), CASED)
    assert ParallelDataset(tokenised=True, **FILES).text_forms == (TextForm(tokeniser=None, lowercase=True),) * 2
    assert Iwslt14Dataset().text_forms == MiniDataset().text_forms == (GERMAN, ENGLISH)


def test_text_of_the_mini_language_is_tokenised_and_cased_back_to_its_words():
    pairs = mini_pairs(MiniDataset(train_pairs=1, valid_pairs=300, test_pairs=1))["valid"]
    for side, form in enumerate((GERMAN, ENGLISH)):
        sentences = [pair[side] for pair in pairs]
        raw = [text[:1].upper() + text[1:] for text in texts_of(sentences, form)]
        assert raw[0].endswith(".")
        assert words_of(raw, form) == sentences
        assert words_of([" ".join(words) for words in sentences], form) == sentences
