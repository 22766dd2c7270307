"""Hand-written gradients against autograd on the equations, and at the limits of floating point."""

import math
from functools import partial

import pytest
import torch
from torch import Tensor

from erac_vaml import kernels
from erac_vaml.kernels.row_gradients import by_hand
from erac_vaml.objectives import soft_value, target_losses, token_losses

CASES = [
    pytest.param(token_losses, (torch.tensor([0, 3, 10, 3]),), {}, id="token losses"),
    pytest.param(soft_value, (), {"tau": 0.4}, id="soft value"),
    pytest.param(soft_value, (), {"tau": 2.0}, id="soft value at a high temperature"),
]


@pytest.fixture(autouse=True)
def rows_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "rows")


def kernel(equation, scores: Tensor, *arguments: Tensor, **constants: float) -> tuple[Tensor, Tensor]:
    """The kernel's values and gradients."""
    by_kernel, gradients = by_hand(equation), scores.clone()
    assert by_kernel is not None
    return by_kernel(gradients, *arguments, **constants), gradients


@pytest.mark.parametrize(("equation", "arguments", "constants"), CASES)
def test_values_and_gradients_are_those_of_the_equation(equation, arguments, constants) -> None:
    scores = torch.randn(4, 11, generator=torch.Generator().manual_seed(0), requires_grad=True)
    expected = equation(scores, *arguments, **constants)
    (expected_gradients,) = torch.autograd.grad(expected.sum(), scores)
    values, gradients = kernel(equation, scores.detach(), *arguments, **constants)
    torch.testing.assert_close(values, expected.detach(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gradients, expected_gradients, rtol=1e-5, atol=1e-6)


def test_an_equation_without_a_kernel_has_none() -> None:
    assert by_hand(target_losses) is None


def test_a_kernel_that_is_off_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "none")
    assert by_hand(token_losses) is None


def test_a_token_that_is_certain_costs_nothing_and_has_no_gradient() -> None:
    losses, gradients = kernel(token_losses, torch.tensor([[-1e4, 0.0, -1e4]]), torch.tensor([1]))
    assert losses.tolist() == [0.0]
    assert gradients.tolist() == [[0.0, 0.0, 0.0]]


value_of = partial(kernel, soft_value, tau=1.0)


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_scores_beyond_the_exponentials_range_do_no_harm(shift: float) -> None:
    values, gradients = value_of(torch.tensor([[0.0, 1.0, 2.0]]) + shift)
    assert values.item() == pytest.approx(shift + math.log(1 + math.e + math.e**2))
    assert gradients[0].tolist() == pytest.approx(torch.tensor([0.0, 1.0, 2.0]).softmax(0).tolist())


def test_an_impossible_word_adds_nothing() -> None:
    values, gradients = value_of(torch.tensor([[0.0, -1e4]]))
    assert values.tolist() == [0.0]
    assert gradients.tolist() == [[1.0, 0.0]]


def test_many_equal_scores_have_the_log_of_their_number() -> None:
    assert value_of(torch.zeros(1, 20_000))[0].item() == pytest.approx(math.log(20_000), rel=1e-6)


def test_a_score_that_is_not_a_number_shows_in_its_row_alone() -> None:
    values, _ = value_of(torch.tensor([[0.0, math.nan], [0.0, 0.0]]))
    assert values.isnan().tolist() == [True, False]
