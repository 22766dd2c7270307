import math

import pytest
import torch
from torch import Tensor

from erac_vaml.objectives import j_kappa, target_losses, token_losses, token_target, weighted_sequence_loss

TAU = 0.4


def random_case(*shape: int, size: int = 6) -> tuple[Tensor, Tensor]:
    """Logits and action values (…, V)."""
    generator = torch.Generator().manual_seed(4)
    logits, q = torch.randn(2, *shape, size, generator=generator)
    return logits.requires_grad_(), q


def test_the_loss_is_the_cross_entropy_over_the_words() -> None:
    target, model = torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[0.25, 0.5, 0.25]])
    losses = target_losses(model.log() - 2.0, target)
    assert losses.tolist() == pytest.approx([0.5 * math.log(4) + 0.5 * math.log(2)])


def test_words_without_target_probability_may_be_impossible_to_the_model() -> None:
    logits = torch.tensor([[0.0, -1e4]], requires_grad=True)
    losses = target_losses(logits, torch.tensor([[1.0, 0.0]]))
    assert losses.tolist() == [0.0]
    assert torch.autograd.grad(losses.sum(), logits)[0].tolist() == [[0.0, 0.0]]


def test_the_gradient_is_that_of_the_cross_entropy_in_loops() -> None:
    logits, q = random_case(5)
    target = token_target(q, TAU)
    losses = target_losses(logits, target)
    coefficients = torch.arange(1.0, 6.0)
    (losses * coefficients).sum().backward()

    expected = torch.zeros_like(logits)
    for n, w in torch.cartesian_prod(torch.arange(5), torch.arange(6)).tolist():
        # CE = −Σ_u target(u) (logit(u) − log Σ exp logit)
        shares = [math.exp(logit) for logit in logits[n].tolist()]
        expected[n, w] = coefficients[n] * (shares[w] / sum(shares) - target[n, w])
    torch.testing.assert_close(logits.grad, expected)


def test_padding_has_exactly_no_gradient() -> None:
    logits, q = random_case(2, 3, 4)
    mask = torch.arange(4) < torch.tensor([[4, 2, 3], [1, 4, 4]])[..., None]
    losses = target_losses(logits, q.softmax(-1))
    weighted_sequence_loss(losses, mask, torch.full((2, 3), 1 / 3)).backward()
    assert logits.grad is not None
    assert (logits.grad[~mask] == 0).all()
    assert (logits.grad[mask].abs().sum(dim=-1) > 0).all()


def test_the_model_matches_the_target_where_the_gradient_vanishes() -> None:
    _, q = random_case(7)
    matched = (q / TAU).requires_grad_()
    target_losses(matched, token_target(q, TAU)).sum().backward()
    torch.testing.assert_close(matched.grad, torch.zeros_like(matched), atol=1e-6, rtol=0)


def test_the_loss_mixes_targets_and_tokens_as_z_says() -> None:
    """J_κ of App. B.2 (released-code A21) in loops."""
    generator, tau, size = torch.Generator().manual_seed(4), 0.4, 6
    mask = torch.arange(4) < torch.tensor([[4, 2, 3], [1, 4, 4]])[..., None]
    weights = torch.rand(2, 3, generator=generator).softmax(1)
    q, logits = torch.randn(2, *mask.shape, size, generator=generator)
    log_probs = logits.log_softmax(-1)
    sequences = torch.randint(size, mask.shape, generator=generator)
    z = torch.rand(mask.shape, generator=generator) < 0.5
    expected = 0.0
    for b, m, t in mask.nonzero().tolist():
        shares = [math.exp(value / tau) for value in q[b, m, t].tolist()]
        towards_target = -sum(
            share / sum(shares) * log_prob for share, log_prob in zip(shares, log_probs[b, m, t].tolist(), strict=True)
        )
        towards_token = -log_probs[b, m, t, sequences[b, m, t]].item()
        expected += weights[b, m].item() * (towards_target if z[b, m, t] else towards_token) / 2
    losses = j_kappa(target_losses(logits, token_target(q, tau)), token_losses(logits, sequences), z)
    loss = weighted_sequence_loss(losses, mask, weights)
    assert loss.item() == pytest.approx(expected, rel=1e-5)
