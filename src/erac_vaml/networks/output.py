"""The output layer: scores of all words, and what objectives need of them, without more than one (N, V) array."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from erac_vaml.networks.products import Linear, central_moments, product, weight_gradient

_SCORES_AT_ONCE = 2**21
"""Scores that a row function works on together: they and its own arrays stay in a CPU's last cache."""

RowFunction = Callable[..., Tensor]
"""Takes logits (n, V) and further arguments (n, …); returns values (n,) and leaves their gradients in the logits."""


class OutputLayer(Linear):
    """Scores of all V words from features: logits of a policy, or action values.

    A row of scores has V numbers, its features have H: nothing of width V is kept, copied or differentiated twice where
    linearity gives the same number from the features.
    """

    def rows(self, function: RowFunction, features: Tensor, *arguments: Tensor, made: Tensor | None = None) -> Tensor:
        """Return a function's values (N,) of each row's scores, differentiable in the features and this layer.

        The scores are made once and overwritten by the gradients, which are kept for the backward pass.

        Args:
            function: it gets some rows of the scores (n, V), and the same rows of each of the arguments.
            features: (N, H).
            arguments: (N, …), constants to the gradient.
            made: (N, V) what the function gets in the scores' place, where that is made already; it is overwritten.
        """
        values: Tensor = _Rows.apply(function, made, features, self.weight, self.bias, *arguments)
        return values

    def taken(self, features: Tensor, tokens: Tensor) -> Tensor:
        """Return the scores (…) of the given tokens (…) alone, out of features (…, H)."""
        return (features * functional.embedding(tokens, self.weight)).sum(dim=-1) + self.bias[tokens]

    @torch.no_grad()
    def expectation(self, features: Tensor, probs: Tensor) -> Tensor:
        """Return Σ_w p(w) · score(w) = (p W) · x + p · b, (N,), of features (N, H) under p (N, V); it has no graph."""
        return (product(probs, self.weight) * features).sum(dim=-1) + probs @ self.bias

    def squared_deviations(self, features: Tensor) -> Tensor:
        """Return Σ_w (score(w) − mean score)² (…) of features (…, H).

        With the layer's mean word taken out of W and b it is |W x + b|² = x · WᵀW x + 2 x · Wᵀb + b · b: a quadratic
        form of width H, so that the V scores are never made.
        """
        of_weight, of_both, of_bias = central_moments(self.weight, self.bias)
        return (features * (features @ of_weight + 2 * of_both)).sum(dim=-1) + of_bias


def in_cache(scores: Tensor) -> Iterator[slice]:
    """Yield slices of an array's rows (N, V) small enough to be worked on in a CPU's cache; on a GPU all rows."""
    step = max(1, _SCORES_AT_ONCE // scores.shape[1]) if scores.device.type == "cpu" else max(1, len(scores))
    for start in range(0, len(scores), step):
        yield slice(start, start + step)


class _Rows(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        function: RowFunction,
        made: Tensor | None,
        features: Tensor,
        weight: Tensor,
        bias: Tensor,
        *arguments: Tensor,
    ) -> Tensor:
        scores = product(features, weight.t(), bias) if made is None else made
        values = features.new_empty(len(features))
        for rows in in_cache(scores):
            values[rows] = function(scores[rows], *(argument[rows] for argument in arguments))
        ctx.save_for_backward(scores, features, weight)
        return values

    @staticmethod
    def backward(ctx: Any, grad_values: Tensor) -> tuple[Tensor | None, ...]:
        gradients, features, weight = ctx.saved_tensors
        # The gradients stay unscaled: a row's coefficient goes into the narrow arrays.
        coefficients = grad_values.unsqueeze(1)
        grad_features = product(gradients, weight).mul_(coefficients)
        grad_weight = weight_gradient(gradients, features * coefficients)
        grad_bias = gradients.t() @ grad_values
        return (None, None, grad_features, grad_weight, grad_bias, *(None for _ in ctx.needs_input_grad[5:]))
