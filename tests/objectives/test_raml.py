import pytest
import torch

from erac_vaml.objectives.raml import raml_loss

WEIGHTS = torch.tensor([[0.25, 0.75], [0.5, 0.5]])
MASK = torch.tensor([[[True, True], [True, False]], [[True, True], [True, True]]])
LOSSES = torch.tensor([[[1.0, 3.0], [8.0, 100.0]], [[2.0, 0.0], [1.0, 5.0]]])


def test_losses_are_summed_over_time_weighted_within_and_averaged_over_pairs() -> None:
    assert raml_loss(WEIGHTS, LOSSES, MASK).item() == pytest.approx(((1 + 6) + (1 + 3)) / 2)


def test_the_gradient_of_each_token_is_its_sequences_weight() -> None:
    losses = LOSSES.clone().requires_grad_()
    raml_loss(WEIGHTS, losses, MASK).backward()
    assert losses.grad is not None
    assert losses.grad.tolist() == [[[0.125, 0.125], [0.375, 0.0]], [[0.25, 0.25], [0.25, 0.25]]]


def test_one_sequence_a_pair_is_maximum_likelihood() -> None:
    losses = torch.tensor([[[4.0]], [[2.0]]])
    assert raml_loss(torch.ones(2, 1), losses, torch.ones(2, 1, 1, dtype=torch.bool)).item() == pytest.approx(3.0)
