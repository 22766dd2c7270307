import pytest
import torch

from erac_vaml.objectives.raml import raml_loss


def test_log_probabilities_are_weighted_within_and_averaged_over_pairs() -> None:
    weights = torch.tensor([[0.25, 0.75], [0.5, 0.5]])
    log_probs = torch.tensor([[-4.0, -8.0], [-2.0, -6.0]])
    assert raml_loss(weights, log_probs).item() == pytest.approx(((1 + 6) + (1 + 3)) / 2)


def test_the_gradient_of_each_sequence_is_its_weight() -> None:
    weights = torch.tensor([[0.25, 0.75], [0.5, 0.5]])
    log_probs = torch.zeros(2, 2, requires_grad=True)
    raml_loss(weights, log_probs).backward()
    assert log_probs.grad is not None
    torch.testing.assert_close(log_probs.grad, -weights / 2)


def test_one_sequence_a_pair_is_maximum_likelihood() -> None:
    log_probs = torch.tensor([[-4.0], [-2.0]])
    assert raml_loss(torch.ones(2, 1), log_probs).item() == pytest.approx(3.0)
