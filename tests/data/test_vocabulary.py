from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erac_vaml.data.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK, Vocabulary
from erac_vaml.errors import UserError

# Any word in a line of text: all characters but the blanks between words and the line feed between lines.
WORDS = st.lists(
    st.text(st.characters(exclude_characters=" \n\t\r", exclude_categories=["Cs"]), min_size=1), min_size=1
)


def test_special_tokens_have_their_fixed_ids():
    assert Vocabulary.from_words(["a"]).tokens == ("<pad>", "<unk>", "<s>", "</s>", "a")
    assert (PAD, UNK, BOS, EOS) == (0, 1, 2, 3)


def test_most_frequent_words_come_first_and_ties_go_by_the_alphabet():
    vocabulary = Vocabulary.from_counts(Counter("ddd bb aa c".replace(" ", "")), min_count=2, max_words=10)
    assert vocabulary.tokens[4:] == ("d", "a", "b")


def test_the_limit_counts_words_only():
    counts = Counter({"<unk>": 9, "a": 3, "b": 2, "c": 1})
    assert Vocabulary.from_counts(counts, min_count=1, max_words=2).tokens[4:] == ("a", "b")


@pytest.mark.parametrize("word", SPECIAL_TOKENS)
def test_a_word_that_looks_like_a_special_symbol_is_unknown(word):
    vocabulary = Vocabulary.from_words(["a", word, "b"])
    assert vocabulary.ids([word, "b"]).tolist() == [UNK, 5]


def test_ids_are_int32():
    assert Vocabulary.from_words(["a"]).ids(["a", "b"]).dtype == np.int32


def test_words_stop_at_the_end_and_leave_padding_out():
    vocabulary = Vocabulary.from_words(["a", "b"])
    assert vocabulary.words([BOS, 4, UNK, PAD, 5, EOS, 4]) == ["a", "<unk>", "b"]


@given(WORDS)
def test_known_words_come_back(words):
    vocabulary = Vocabulary.from_words(words)
    expected = ["<unk>" if word in SPECIAL_TOKENS else word for word in words]
    assert vocabulary.words(vocabulary.ids(words)) == expected


@given(words=WORDS)
def test_a_saved_vocabulary_is_read_back_whatever_its_white_space(words, tmp_path_factory):
    path = tmp_path_factory.mktemp("vocabulary") / "words.txt"
    vocabulary = Vocabulary.from_words([*words, "a\u2028b", "a\u0085b", "a\u00a0b"])
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary


def test_a_missing_vocabulary_is_named(tmp_path):
    with pytest.raises(UserError, match=r"words\.txt: no such vocabulary; prepare"):
        Vocabulary.load(tmp_path / "words.txt")
