"""MLP attention's kernel against the plain scores."""

import pytest
import torch
from torch import Tensor

from erac_vaml.kernels import attention
from erac_vaml.networks.attention import mlp_scores

SOURCES, QUERIES, STATES, WIDTH = 3, 4, 5, 6


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def arguments(scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and v."""
    queries, keys = random(SOURCES, QUERIES, WIDTH, seed=1), random(SOURCES, STATES, WIDTH, seed=2)
    return (scale * queries).requires_grad_(), (scale * keys).requires_grad_(), random(WIDTH, seed=3).requires_grad_()


@pytest.mark.parametrize("at_once", [1, 2**20], ids=["source by source", "together"])
@pytest.mark.parametrize("scale", [1.0, 10.0], ids=["moderate", "saturated"])
def test_scores_and_gradients_are_the_plain_ones(at_once: int, scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_HIDDEN_AT_ONCE", at_once)
    results = []
    for function in (attention.mlp_scores, mlp_scores):
        given = arguments(scale)
        weights = function(*given).softmax(dim=-1)
        gradients = torch.autograd.grad((weights * random(*weights.shape, seed=4)).sum(), given)
        results.append((weights.detach(), *gradients))
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-5)


def test_the_scores_are_the_plain_ones_minus_the_sum_of_v() -> None:
    queries, keys, vector = arguments()
    expected = mlp_scores(queries, keys, vector) - vector.sum()
    torch.testing.assert_close(attention.mlp_scores(queries, keys, vector), expected, rtol=1e-5, atol=1e-5)
