"""BLEU by the length of the references and by their unknown words."""

import numpy as np
import pytest

from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.evaluation.breakdown import bleu_of_buckets, by_length, by_unknown_words
from erac_vaml.evaluation.corpus_bleu import corpus_bleu


def sentence(words):
    return " ".join(f"word{number}" for number in range(words))


def members(buckets):
    return {bucket.label: bucket.members.tolist() for bucket in buckets}


def test_every_sentence_is_in_the_bucket_of_its_length():
    references = [[sentence(words)] for words in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    assert members(by_length(references)) == {"1–2": [0, 1], "3–4": [2, 3], "5–6": [4, 5], "7–8": [6, 7], "9–": [8, 9]}


def test_of_several_references_the_mean_length_counts():
    assert members(by_length([[sentence(2), sentence(4)], [sentence(1)]], most=3)) == {"1": [1], "3–": [0]}


def test_the_last_bucket_takes_what_is_longer():
    references = [[sentence(5)]] * 99 + [[sentence(80)]]
    assert members(by_length(references))["5–"] == list(range(100))


def test_unknown_words_are_counted_by_the_vocabulary():
    vocabulary = Vocabulary.from_words(["a", "b"])
    references = [["a b"], ["a x"], ["x y z w"], ["b"], ["a <unk>"]]
    assert members(by_unknown_words(references, vocabulary)) == {"0": [0, 3], "1": [1, 4], "3 or more": [2]}


def test_the_score_of_a_bucket_is_the_corpus_score_of_its_sentences():
    generator = np.random.default_rng(1)
    texts = [" ".join(generator.choice(["a", "b", "c", "d"], 4 + number)) for number in range(20)]
    said = [" ".join(generator.choice(["a", "b", "c", "d"], 4 + number)) for number in range(20)]
    buckets = by_length([[text] for text in texts])
    found = bleu_of_buckets(said, [[text] for text in texts], buckets, of_captions=False)
    wanted = [corpus_bleu([said[n] for n in b.members], [texts[n] for n in b.members]).score for b in buckets]
    assert found == wanted
    assert len(set(found)) > 1


def test_captions_are_scored_against_all_their_references():
    references = [["a b c d e", "f g h i j"], ["k l m n o", "p q r s t"]]
    (score,) = bleu_of_buckets(["f g h i j", "p q r s t"], references, by_length(references), of_captions=True)
    assert score == pytest.approx(100.0)
