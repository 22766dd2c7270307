import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from erac_vaml.objectives import mle_loss, token_losses

SEQUENCES = torch.tensor([[4, 5, 3], [4, 3, 0]])
MASK = SEQUENCES != 0


def random_logits() -> Tensor:
    return torch.randn(2, 3, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)


def loss_of(logits: Tensor) -> Tensor:
    return mle_loss(token_losses(logits, SEQUENCES), MASK)


def test_a_tokens_loss_is_its_negated_log_probability() -> None:
    probs = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])
    losses = token_losses(probs.log() + 3.0, torch.tensor([1, 2]))
    assert losses.tolist() == pytest.approx([math.log(4), -math.log(0.7)])


def test_losses_of_the_tokens_add_up_and_are_averaged_over_sequences() -> None:
    losses = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 600.0]])
    assert mle_loss(losses, MASK).item() == pytest.approx((1 + 2 + 3 + 4 + 5) / 2)


def test_loss_and_gradient_are_those_of_cross_entropy_summed_over_time_and_averaged_over_sequences() -> None:
    logits = random_logits()
    summed = cross_entropy(logits.flatten(0, 1), SEQUENCES.flatten(), ignore_index=0, reduction="sum")
    torch.testing.assert_close(loss_of(logits), summed / 2)
    (expected,) = torch.autograd.grad(summed / 2, logits)
    torch.testing.assert_close(torch.autograd.grad(loss_of(logits), logits)[0], expected)


def test_padding_has_exactly_no_gradient() -> None:
    logits = random_logits()
    loss_of(logits).backward()
    assert logits.grad is not None
    assert (logits.grad[~MASK] == 0).all()
    assert (logits.grad[MASK] != 0).all()


def test_a_certain_token_costs_nothing() -> None:
    logits = torch.tensor([[-1e4, 0.0, -1e4]], requires_grad=True)
    losses = token_losses(logits, torch.tensor([1]))
    assert losses.tolist() == [0.0]
    assert torch.autograd.grad(losses.sum(), logits)[0].tolist() == [[0.0, 0.0, 0.0]]


def test_an_infinite_loss_at_padding_does_no_harm() -> None:
    losses = torch.zeros(2, 3)
    losses[1, 2] = math.inf
    assert mle_loss(losses, MASK).item() == 0.0
