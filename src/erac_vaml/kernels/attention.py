"""The scores of MLP attention, computed from exponentials of narrow arrays, a few sources at a time."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

_HIDDEN_AT_ONCE = 2**20
"""Size of the part of the hidden layer that is computed together, so that it stays in a CPU's cache."""

_LARGEST_EXPONENT = 85.0
"""Its exponential, and that of its negative, are finite and positive in float32."""


def is_exact(queries: Tensor, keys: Tensor) -> bool:
    """Return whether `mlp_scores` clamps no number, which it does after weights have exploded.

    On a GPU the answer is True unseen, because the CPU would have to wait for it.
    """
    if queries.device.type != "cpu":
        return True
    extremes = (torch.stack(torch.aminmax(values.detach())) for values in (queries, keys))
    return all(bool((2.0 * pair.abs() <= _LARGEST_EXPONENT).all()) for pair in extremes)


def mlp_scores(queries: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
    """Return `networks.attention.mlp_scores` minus Σ v, a constant that the softmax of the scores cancels.

    Args:
        queries: (B, T, H).
        keys: (B, S, H).
        vector: (H,) v.

    Returns:
        (B, T, S).
    """
    scores: Tensor = _MlpScores.apply(queries, keys, vector)  # type: ignore[no-untyped-call]
    return scores


class _MlpScores(torch.autograd.Function):
    """v · tanh(query + key) − Σ v (B, T, S) of every query (B, T, H) and key (B, S, H).

    The hidden layer (B, T, S, H) is by far the largest array of a network with this attention. It is computed for a few
    sources at a time, which stay in a CPU's cache, and computed again in the backward pass instead of being kept. As
    tanh(q + k) = 1 − 2 r with r = 1 / (1 + exp(2q) exp(2k)), only the narrow arrays need exponentials.
    """

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
        exp_queries, exp_keys = _exp_twice(queries), _exp_twice(keys)
        ctx.save_for_backward(exp_queries, exp_keys, vector)
        scores = queries.new_empty(*queries.shape[:2], keys.shape[1])
        for sources in _in_cache(queries, keys):
            torch.matmul(_hidden(exp_queries[sources], exp_keys[sources]), -2.0 * vector, out=scores[sources])
        return scores

    @staticmethod
    def backward(ctx: Any, grad_scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        exp_queries, exp_keys, vector = ctx.saved_tensors
        grad_queries, grad_keys = torch.empty_like(exp_queries), torch.empty_like(exp_keys)
        grad_vector = torch.zeros_like(vector)
        for sources in _in_cache(exp_queries, exp_keys):
            hidden, gradients = _hidden(exp_queries[sources], exp_keys[sources]), grad_scores[sources]
            grad_vector += gradients.flatten() @ hidden.flatten(0, 2)
            # −2 dr/dx = 4 r (1 − r)
            slopes = torch.addcmul(hidden, hidden, hidden, value=-1.0, out=hidden).mul_(gradients.unsqueeze(-1))
            grad_queries[sources] = slopes.sum(dim=2)
            grad_keys[sources] = slopes.sum(dim=1)
        of_slopes = 4.0 * vector
        return grad_queries.mul_(of_slopes), grad_keys.mul_(of_slopes), grad_vector.mul_(-2.0)


def _exp_twice(values: Tensor) -> Tensor:
    """Return exp(2x), clamped so that it and its inverse are finite."""
    return (2.0 * values).clamp_(-_LARGEST_EXPONENT, _LARGEST_EXPONENT).exp_()


def _hidden(exp_queries: Tensor, exp_keys: Tensor) -> Tensor:
    """Return 1 / (1 + exp(2q) exp(2k)) (B, T, S, H)."""
    return (exp_queries.unsqueeze(2) * exp_keys.unsqueeze(1)).add_(1.0).reciprocal_()


def _in_cache(queries: Tensor, keys: Tensor) -> Iterator[slice]:
    """Yield slices of sources whose hidden layers fit a CPU's cache; on a GPU one slice of all sources."""
    of_one_source = queries.shape[1] * keys[0].numel()
    step = max(1, _HIDDEN_AT_ONCE // of_one_source) if queries.device.type == "cpu" else len(queries)
    for start in range(0, len(queries), step):
        yield slice(start, start + step)
