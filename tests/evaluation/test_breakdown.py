"""BLEU by the length of the references and by their unknown words."""

import numpy as np
import pytest

from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.evaluation.breakdown import bleu_of_buckets, by_length, by_unknown_words
from erac_vaml.evaluation.corpus_bleu import corpus_bleu


def sentence(words):
    return " ".join(f"word{number}" for number in range(words))


def sizes(buckets):
    return {bucket.label: len(bucket.members) for bucket in buckets}


def test_every_sentence_is_in_the_bucket_of_its_length():
    references = [[sentence(words)] for words in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)] * 25
    found = by_length(references)
    assert sizes(found) == {"1–2": 50, "3–4": 50, "5–6": 50, "7–8": 50, "9 or more": 50}
    for number, bucket in enumerate(found):
        assert {len(references[place][0].split()) for place in bucket.members} == {2 * number + 1, 2 * number + 2}


def test_of_several_references_the_mean_length_counts():
    references = [[sentence(2), sentence(4)]] * 50 + [[sentence(1)]] * 50
    assert sizes(by_length(references)) == {"1": 50, "2 or more": 50}
    assert by_length(references)[0].members.tolist() == list(range(50, 100))


def test_the_last_bucket_takes_what_is_longer():
    references = (
        [[sentence(words)] for words in (1, 2, 3, 4) for _ in range(60)] + [[sentence(5)]] * 79 + [[sentence(80)]]
    )
    assert sizes(by_length(references))["5 or more"] == 80


def test_buckets_of_a_few_sentences_are_joined_with_a_neighbour():
    references = [[sentence(words)] for words, count in enumerate((60, 20, 40, 10), 1) for _ in range(count)]
    assert sizes(by_length(references)) == {"1": 60, "2 or more": 70}
    assert sizes(by_length(references[60:])) == {"1 or more": 70}
    assert sizes(by_length(references[:30])) == {"1 or more": 30}


def test_a_no_break_space_is_part_of_a_word_as_in_the_data():
    references = [["10\u00a0km"]] * 50 + [["10 km"]] * 50
    assert sizes(by_length(references)) == {"1": 50, "2 or more": 50}
    vocabulary = Vocabulary.from_words(["10\u00a0km"])
    assert by_unknown_words(references, vocabulary)[0].members.tolist() == list(range(50))


def test_unknown_words_are_counted_by_the_vocabulary():
    vocabulary = Vocabulary.from_words(["a", "b"])
    references = [["a b"], ["a x"], ["x y z w"], ["b"], ["a <unk>"]] * 50
    found = by_unknown_words(references, vocabulary)
    assert sizes(found) == {"0": 100, "1": 100, "2 or more": 50}
    assert found[1].members[:4].tolist() == [1, 4, 6, 9]


def test_the_score_of_a_bucket_is_the_corpus_score_of_its_sentences():
    generator = np.random.default_rng(1)
    texts = [" ".join(generator.choice(["a", "b", "c", "d"], 4 + number // 10)) for number in range(200)]
    said = [" ".join(generator.choice(["a", "b", "c", "d"], 4 + number // 10)) for number in range(200)]
    buckets = by_length([[text] for text in texts])
    found = bleu_of_buckets(said, [[text] for text in texts], buckets, of_captions=False)
    wanted = [corpus_bleu([said[n] for n in b.members], [texts[n] for n in b.members]).score for b in buckets]
    assert found == wanted
    assert len(set(found)) > 1


def test_captions_are_scored_against_all_their_references():
    references = [["a b c d e", "f g h i j"], ["k l m n o", "p q r s t"]]
    (score,) = bleu_of_buckets(["f g h i j", "p q r s t"], references, by_length(references), of_captions=True)
    assert score == pytest.approx(100.0)
