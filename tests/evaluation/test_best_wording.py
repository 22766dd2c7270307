import numpy as np
import pytest
import sacrebleu
from wordings import all_wordings

from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data.mini import mini_meanings, mini_pairs
from erac_vaml.data.mini_wording import Choice, most_probable, only
from erac_vaml.evaluation.best_wording import best_expected, expected_bleu, grammar_bounds
from erac_vaml.evaluation.corpus_bleu import corpus_bleu

# The usual wording of each phrase is brief; the others share words.
SENTENCE = [
    Choice([["he"], ["the", "old", "man"], ["that", "old", "man"]], [0.4, 0.3, 0.3]),
    Choice([["saw"], ["had", "a", "look", "at"], ["took", "a", "look", "at"]], [0.4, 0.3, 0.3]),
    only("her"),
]


def test_expected_bleu_is_that_of_sacrebleu_over_all_references():
    wordings, probabilities = zip(*all_wordings(SENTENCE), strict=True)
    by_formula = expected_bleu(wordings, wordings, probabilities)
    metric = sacrebleu.BLEU(tokenize="none", effective_order=False, smooth_method="add-k", smooth_value=1)
    by_library = [
        sum(p * metric.sentence_score(" ".join(said), [" ".join(wanted)]).score for wanted, p in all_wordings(SENTENCE))
        for said in wordings
    ]
    assert by_formula.numpy() * 100 == pytest.approx(by_library, rel=1e-4)


def test_best_expected_is_the_best_of_all_by_brute_force():
    wordings, probabilities = zip(*all_wordings(SENTENCE), strict=True)
    expected = dict(zip(map(tuple, wordings), expected_bleu(wordings, wordings, probabilities).tolist(), strict=True))
    found = best_expected(SENTENCE, np.random.default_rng(1), draws=2_000)
    assert expected[tuple(found)] == pytest.approx(max(expected.values()))
    assert expected[tuple(found)] > expected[tuple(most_probable(SENTENCE))]


def test_the_most_probable_wordings_of_the_mini_language_are_too_short_and_worse_than_the_best_expected():
    found = grammar_bounds(MiniDataset(train_pairs=1, valid_pairs=150, test_pairs=150))
    for split in ("valid", "test"):
        probable, best = found[split]["most probable"], found[split]["best expected"]
        assert probable.length_ratio < 0.85 < best.length_ratio
        assert best.score > probable.score


def test_the_bounds_of_test_are_those_of_its_meanings():
    settings = MiniDataset(train_pairs=1, valid_pairs=3, test_pairs=4)
    pairs, meanings = mini_pairs(settings)["test"], mini_meanings(settings)[3:7]
    said = [" ".join(most_probable(meaning.target)) for meaning in meanings]
    expected = corpus_bleu(said, [" ".join(target) for _, target in pairs])
    assert grammar_bounds(settings)["test"]["most probable"] == expected
