from collections import Counter

import numpy as np
import pytest
from wordings import all_wordings

from erac_vaml.data.mini_wording import Choice, draw, longest, most_probable, only

SENTENCE = [
    only("she"),
    Choice([["sees"], ["has", "a", "look", "at"]], [0.7, 0.3]),
    only("a"),
    Choice([["dog"], ["old", "dog"]], [0.4, 0.6]),
    Choice([[], ["today"]], [0.9, 0.1]),
]


def test_all_wordings_have_a_probability_of_one_together():
    wordings = list(all_wordings(SENTENCE))
    assert len(wordings) == 8
    assert sum(probability for _, probability in wordings) == pytest.approx(1.0)
    assert {" ".join(words): probability for words, probability in wordings}["she sees a dog"] == pytest.approx(0.252)


def test_draws_have_these_probabilities():
    generator, times = np.random.default_rng(1), 4_000
    counts = Counter(" ".join(draw(SENTENCE, generator)) for _ in range(times))
    for words, probability in all_wordings(SENTENCE):
        deviation = np.sqrt(times * probability * (1 - probability))
        assert abs(counts[" ".join(words)] - times * probability) < 4 * deviation


def test_the_most_probable_wording_is_that_of_all():
    best, _ = max(all_wordings(SENTENCE), key=lambda wording: wording[1])
    assert most_probable(SENTENCE) == best == ["she", "sees", "an", "old", "dog"]


def test_longest_counts_words():
    assert longest(SENTENCE) == max(len(words) for words, _ in all_wordings(SENTENCE))
