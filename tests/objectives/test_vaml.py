import math

import pytest
import torch
from torch import Tensor

from erac_vaml.objectives.raml import raml_loss
from erac_vaml.objectives.vaml import target_losses, token_target
from erac_vaml.theory.tables import values_of

TAU = 0.4


def random_case(*shape: int, size: int = 6) -> tuple[Tensor, Tensor]:
    """Logits and action values (…, V)."""
    generator = torch.Generator().manual_seed(4)
    logits, q = torch.randn(2, *shape, size, generator=generator)
    return logits.requires_grad_(), q


def test_the_token_target_is_proportional_to_the_exponentiated_q() -> None:
    weights = [math.exp(q / TAU) for q in (0.2, -0.3, 1.0)]
    target = token_target(torch.tensor([[0.2, -0.3, 1.0]]), TAU)
    assert target[0].tolist() == pytest.approx([w / sum(weights) for w in weights])


def test_the_token_target_takes_the_place_of_q() -> None:
    q = torch.randn(2, 3)
    assert token_target(q, TAU).data_ptr() == q.data_ptr()


def test_an_impossible_word_has_no_target_probability() -> None:
    assert token_target(torch.tensor([[1.0, -1e4]]), TAU).tolist() == [[1.0, 0.0]]


def test_the_loss_is_the_cross_entropy_over_the_words() -> None:
    target, model = torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[0.25, 0.5, 0.25]])
    losses = target_losses(model.log() - 2.0, target)
    assert losses.tolist() == pytest.approx([0.5 * math.log(4) + 0.5 * math.log(2)])


def test_the_logits_become_the_probabilities_less_the_target() -> None:
    logits = torch.tensor([[0.25, 0.5, 0.25]]).log()
    target_losses(logits, torch.tensor([[0.5, 0.5, 0.0]]))
    assert logits[0].tolist() == pytest.approx([-0.25, 0.0, 0.25])


def test_words_without_target_probability_may_be_impossible_to_the_model() -> None:
    logits = torch.tensor([[0.0, -1e4]])
    assert target_losses(logits, torch.tensor([[1.0, 0.0]])).tolist() == [0.0]
    assert logits.tolist() == [[0.0, 0.0]]


def test_the_gradient_is_that_of_the_cross_entropy_in_loops() -> None:
    logits, q = random_case(5)
    target = token_target(q, TAU)
    losses = values_of(target_losses, logits, target)
    coefficients = torch.arange(1.0, 6.0)
    (losses * coefficients).sum().backward()

    expected = torch.zeros_like(logits)
    for n, w in torch.cartesian_prod(torch.arange(5), torch.arange(6)).tolist():
        # CE = −Σ_u target(u) (logit(u) − log Σ exp logit)
        shares = [math.exp(logit) for logit in logits[n].tolist()]
        expected[n, w] = coefficients[n] * (shares[w] / sum(shares) - target[n, w])
    torch.testing.assert_close(logits.grad, expected)


def test_no_gradient_flows_into_the_target() -> None:
    logits, q = random_case(3)
    target = q.softmax(-1).requires_grad_()
    values_of(target_losses, logits, target).sum().backward()
    assert target.grad is None


def test_padding_has_exactly_no_gradient() -> None:
    logits, q = random_case(2, 3, 4)
    mask = torch.arange(4) < torch.tensor([[4, 2, 3], [1, 4, 4]])[..., None]
    losses = values_of(target_losses, logits, q.softmax(-1))
    raml_loss(torch.full((2, 3), 1 / 3), losses, mask).backward()
    assert logits.grad is not None
    assert (logits.grad[~mask] == 0).all()
    assert (logits.grad[mask].abs().sum(dim=-1) > 0).all()


def test_the_model_matches_the_target_where_the_gradient_vanishes() -> None:
    _, q = random_case(7)
    matched = (q / TAU).requires_grad_()
    values_of(target_losses, matched, token_target(q, TAU)).sum().backward()
    torch.testing.assert_close(matched.grad, torch.zeros_like(matched), atol=1e-6, rtol=0)
