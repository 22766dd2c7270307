"""Corpus BLEU against examples computed by hand."""

import math

import pytest

from erac_vaml.errors import UserError
from erac_vaml.evaluation.corpus_bleu import corpus_bleu


def test_hand_worked_corpus() -> None:
    hypotheses = ["the cat sat on the mat", "a dog"]
    references = ["the cat sat on a mat", "a dog barks loudly"]

    # Matches / counts: words 5 + 2 of 8 (the second "the" is clipped), bigrams 3 + 1 of 6, trigrams 2 of 4,
    # 4-grams 1 of 3. Lengths 8 against 10.
    geometric_mean = (7 / 8 * 4 / 6 * 2 / 4 * 1 / 3) ** 0.25
    expected = 100 * math.exp(1 - 10 / 8) * geometric_mean
    assert corpus_bleu(hypotheses, references).score == pytest.approx(expected)


def test_equal_texts_score_100() -> None:
    assert corpus_bleu(["we 're all here ."], ["we 're all here ."]).score == pytest.approx(100.0)


def test_words_are_those_between_blanks() -> None:
    # Another tokeniser would split "don't" and "x." and find more matches.
    split, whole = "a b c d x .", "a b c d x."
    expected = 100 * (4 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    assert corpus_bleu([split], [whole]).score == pytest.approx(expected)


def test_case_is_ignored() -> None:
    assert corpus_bleu(["the Cat sat down"], ["The cat sat down"]).score == pytest.approx(100.0)


def test_an_unknown_word_never_matches_a_raw_one() -> None:
    expected = 100 * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert corpus_bleu(["a b c d <unk>"], ["a b c d e"]).score == pytest.approx(expected)


@pytest.mark.parametrize("hypothesis", ["", "a b c", "a b c x", "x y z w v"])
def test_no_matching_4_gram_scores_0(hypothesis: str) -> None:
    assert corpus_bleu([hypothesis], ["a b c d e"]).score == 0.0


def test_the_signature_names_the_settings() -> None:
    signature = corpus_bleu(["a"], ["a"]).signature

    assert {"nrefs:1", "case:lc", "tok:none", "smooth:none"} <= set(signature.split("|"))


def test_references_without_a_word_are_refused() -> None:
    with pytest.raises(UserError, match="no reference of 2 has a word"):
        corpus_bleu(["a", "b"], ["", " "])
