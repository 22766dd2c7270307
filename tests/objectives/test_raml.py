import math

import pytest
import torch

from erac_vaml.objectives import importance_weights, weighted_sequence_loss

WEIGHTS = torch.tensor([[0.25, 0.75], [0.5, 0.5]])
MASK = torch.tensor([[[True, True], [True, False]], [[True, True], [True, True]]])
LOSSES = torch.tensor([[[1.0, 3.0], [8.0, 100.0]], [[2.0, 0.0], [1.0, 5.0]]])


def test_losses_are_summed_over_time_weighted_within_and_averaged_over_pairs() -> None:
    assert weighted_sequence_loss(LOSSES, MASK, WEIGHTS).item() == pytest.approx(((1 + 6) + (1 + 3)) / 2)


def test_the_gradient_of_each_token_is_its_sequences_weight() -> None:
    losses = LOSSES.clone().requires_grad_()
    weighted_sequence_loss(losses, MASK, WEIGHTS).backward()
    assert losses.grad is not None
    assert losses.grad.tolist() == [[[0.125, 0.125], [0.375, 0.0]], [[0.25, 0.25], [0.25, 0.25]]]


def test_one_sequence_a_pair_is_maximum_likelihood() -> None:
    losses = torch.tensor([[[4.0]], [[2.0]]])
    assert weighted_sequence_loss(
        losses, torch.ones(2, 1, 1, dtype=torch.bool), torch.ones(2, 1)
    ).item() == pytest.approx(3.0)


def test_weights_are_proportional_to_the_exponentiated_payoff() -> None:
    # App. B.1 at τ = 0.5: exp(2), exp(0), exp(1).
    weights = importance_weights(torch.tensor([[1.0, 0.0, 0.5]]), 0.5)
    total = math.exp(2) + 1 + math.exp(1)
    assert weights[0].tolist() == pytest.approx([math.exp(2) / total, 1 / total, math.exp(1) / total])


def test_each_pair_has_weights_of_its_own() -> None:
    payoffs = torch.tensor([[1.0, 0.0], [20.0, 0.0]])
    torch.testing.assert_close(importance_weights(payoffs, 0.4).sum(dim=1), torch.ones(2))


def test_payoffs_scaled_by_length_at_a_low_temperature_stay_finite() -> None:
    weights = importance_weights(torch.tensor([[50.0, 0.0]]), 0.01)
    assert weights.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("scale", "tau", "reference", "sample"),
    [(1.0, 1.0, 0.233, 0.19), (1.0, 0.4, 0.288, 0.175), (20.0, 0.4, 0.989, 0.003)],
)
def test_weights_at_length_20_are_those_noted_of_the_released_code(
    scale: float, tau: float, reference: float, sample: float
) -> None:
    # Released-code A10: the reference (BLEU 1) among four n-gram samples of about BLEU 0.8.
    weights = importance_weights(scale * torch.tensor([[0.8, 0.8, 0.8, 0.8, 1.0]]), tau)
    assert weights[0, -1].item() == pytest.approx(reference, abs=0.02)
    assert weights[0, 0].item() == pytest.approx(sample, abs=0.006)


def test_recipe_released_gives_the_released_codes_weights() -> None:
    # Released-code A10: softmax of the plain BLEU, that is τ = 1 without scaling.
    scores = [0.31, 0.92, 0.57, 1.0]
    weights = importance_weights(torch.tensor([scores]), 1.0)[0]
    assert weights.tolist() == pytest.approx([math.exp(s) / sum(math.exp(other) for other in scores) for s in scores])
