import math

import pytest
import torch

from erac_vaml.networks.softmax import softmax_, softmax_entropy


def test_the_scores_become_their_softmax() -> None:
    scores = torch.tensor([[1.0, 2.0, 0.0], [5.0, 5.0, 5.0]]).log()
    softmax_(scores)
    assert scores.flatten().tolist() == pytest.approx([1 / 3, 2 / 3, 0, 1 / 3, 1 / 3, 1 / 3])


def test_the_log_normaliser_is_the_log_of_summed_exponentials() -> None:
    scores = torch.tensor([[0.3, -1.0, 0.7], [2.0, 0.0, -5.0]], dtype=torch.float64)
    expected = [math.log(sum(math.exp(score) for score in row)) for row in scores.tolist()]
    assert softmax_(scores).tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_scores_beyond_the_exponentials_range_do_no_harm(shift: float) -> None:
    scores = torch.tensor([[0.0, 1.0, 2.0]]) + shift
    log_normaliser = softmax_(scores)
    assert log_normaliser.item() == pytest.approx(shift + math.log(1 + math.e + math.e**2))
    assert scores[0].tolist() == pytest.approx(torch.tensor([0.0, 1.0, 2.0]).softmax(0).tolist())


def test_an_impossible_word_has_exactly_no_probability() -> None:
    scores = torch.tensor([[0.0, -1e4]])
    assert softmax_(scores).tolist() == [0.0]
    assert scores.tolist() == [[1.0, 0.0]]


def test_many_equal_scores_have_the_log_of_their_number() -> None:
    assert softmax_(torch.zeros(1, 20_000)).item() == pytest.approx(math.log(20_000), rel=1e-6)


def test_a_score_that_is_not_a_number_shows_in_its_row_alone() -> None:
    log_normalisers = softmax_(torch.tensor([[0.0, math.nan], [0.0, 0.0]]))
    assert log_normalisers.isnan().tolist() == [True, False]


def test_the_entropy_is_that_of_the_softmax() -> None:
    probs = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])
    expected = [-sum(p * math.log(p) for p in row) for row in probs.tolist()]
    assert softmax_entropy(probs.log() + 3.0, torch.empty(2, 3)).tolist() == pytest.approx(expected)


def test_the_softmax_is_written_and_its_scores_stay() -> None:
    probs = torch.tensor([[0.5, 0.25, 0.25]])
    scores, written = probs.log() + 3.0, torch.empty(1, 3)
    before = scores.clone()
    softmax_entropy(scores, written)
    torch.testing.assert_close(written, probs)
    assert torch.equal(scores, before)


def test_the_entropy_of_equal_scores_is_the_log_of_their_number() -> None:
    assert softmax_entropy(torch.zeros(2, 5), torch.empty(2, 5)).tolist() == pytest.approx([math.log(5)] * 2)
