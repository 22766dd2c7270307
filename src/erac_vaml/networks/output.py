"""The output layer: the scores of all words, and equations of these scores in one (N, V) array."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from erac_vaml.kernels import products
from erac_vaml.kernels.row_gradients import by_hand
from erac_vaml.networks.linear import Linear
from erac_vaml.networks.rows import Rows

_SCORES_AT_ONCE = 2**19
"""Number of scores that are differentiated together, so that they and autograd's arrays fit a CPU's cache."""

Equation = Callable[..., Tensor]
"""A function of scores or a policy (n, V), further arguments (n, …) and constants by name, with values (n,)."""


class OutputLayer(Linear):
    """Maps features of width H to scores of all V words: the logits of a policy, or action values.

    V is much larger than H. Arrays of width V are therefore neither kept, copied nor differentiated twice; where
    linearity allows, a value is computed from the features alone.
    """

    def rows(self, equation: Equation, features: Tensor, *arguments: Tensor, **constants: Any) -> Tensor:
        """Return the values (N,) of an equation of each row's scores, differentiable in the features and this layer.

        The equation is differentiated a few rows at a time, by autograd or by its kernel. The gradients overwrite the
        scores and are kept for the backward pass.

        Args:
            equation: a function from `objectives` of scores (n, V).
            features: (N, H).
            arguments: (N, …) further arguments of the equation, without gradients.
            constants: arguments by name, the same for all rows.
        """
        differentiate = by_hand(equation) or partial(_of_scores, equation)
        values: Tensor = _RowValues.apply(  # type: ignore[no-untyped-call]
            partial(differentiate, **constants), None, features, self.weight, self.bias, *arguments
        )
        return values

    def at(self, mask: Tensor, equation: Equation, features: Tensor, *arguments: Tensor, **constants: Any) -> Tensor:
        """Do the same as `rows` for features (R, T, H) and arguments (R, T, …): return values (R, T), on a mask (R, T).

        Off the mask a value is that of the equation or zero; the loss has to mask it (`networks.rows`).
        """
        places = Rows.of(mask)
        rows = (places.select(argument) for argument in arguments)
        return places.restore(self.rows(equation, places.select(features), *rows, **constants))

    def policy_rows(
        self, equation: Equation, policy: Tensor, features: Tensor, *arguments: Tensor, **constants: Any
    ) -> Tensor:
        """Do the same as `rows` for an equation of the policy π = softmax(scores), which is already computed.

        Args:
            equation: a function from `objectives` of a policy (n, V).
            policy: (N, V) π for the features; it is overwritten.
            features: (N, H).
            arguments: (N, …) further arguments of the equation, without gradients.
            constants: arguments by name, the same for all rows.
        """
        differentiate = partial(_of_policy, equation, **constants)
        values: Tensor = _RowValues.apply(  # type: ignore[no-untyped-call]
            differentiate, policy, features, self.weight, self.bias, *arguments
        )
        return values

    @torch.no_grad()
    def transformed(self, equation: Equation, features: Tensor, **constants: Any) -> Tensor:
        """Return an equation of the scores (N, V) whose result is (N, V), for features (N, H), without a graph."""
        scores: Tensor = self(features)
        for rows in in_cache(scores):
            scores[rows] = equation(scores[rows], **constants)
        return scores

    def taken(self, features: Tensor, tokens: Tensor) -> Tensor:
        """Return only the scores (…) of the given tokens (…), for features (…, H): `objectives.taken`."""
        return (features * functional.embedding(tokens, self.weight)).sum(dim=-1) + self.bias[tokens]

    @torch.no_grad()
    def expectation(self, features: Tensor, probs: Tensor) -> Tensor:
        """Return Σ_w p(w) · score(w) (N,) for features (N, H) and p (N, V), without a graph: `objectives.expectation`.

        It is (p W) · x + p · b, so the scores are not computed.
        """
        return (products.product(probs, self.weight) * features).sum(dim=-1) + probs @ self.bias

    def squared_deviations(self, features: Tensor) -> Tensor:
        """Return Σ_w (score(w) − mean score)² (…) for features (…, H): `objectives.squared_deviations`.

        First subtract from W and b their means over the words. Then the result is |W x + b|² = x · WᵀW x + 2 x · Wᵀb +
        b · b, a quadratic form of width H: the scores are not computed. The means get no gradient; this changes
        nothing, because the deviations sum to zero.
        """
        weight, bias = self.weight - self.weight.detach().mean(dim=0), self.bias - self.bias.detach().mean()
        return (features * (features @ products.gram(weight) + 2 * (bias @ weight))).sum(dim=-1) + bias @ bias


def in_cache(scores: Tensor) -> Iterator[slice]:
    """Yield slices of an array's rows (N, V) that fit a CPU's cache; on a GPU one slice of all rows."""
    step = max(1, _SCORES_AT_ONCE // scores.shape[1]) if scores.device.type == "cpu" else max(1, len(scores))
    for start in range(0, len(scores), step):
        yield slice(start, start + step)


def by_rows(equation: Equation, scores: Tensor) -> Tensor:
    """Return the values (N,) of an equation of scores or a policy (N, V), computed a few rows at a time."""
    values = scores.new_empty(len(scores))
    for rows in in_cache(scores):
        values[rows] = equation(scores[rows])
    return values


def _of_scores(equation: Equation, scores: Tensor, *arguments: Tensor, **constants: Any) -> Tensor:
    """Return an equation's values (n,) and overwrite the scores (n, V) by their gradients."""
    values, gradients = _differentiate(equation, scores, *arguments, **constants)
    scores.copy_(gradients)
    return values


def _of_policy(equation: Equation, policy: Tensor, *arguments: Tensor, **constants: Any) -> Tensor:
    """Return an equation's values (n,) and overwrite the policy (n, V) by the gradients with respect to its logits."""
    values, gradients = _differentiate(equation, policy, *arguments, **constants)
    # ∂π(w) / ∂logit(u) = π(w) (1[w = u] − π(u))
    mean = torch.linalg.vecdot(policy, gradients).unsqueeze(1)
    policy.mul_(gradients - mean)
    return values


@torch.enable_grad()
def _differentiate(equation: Equation, rows: Tensor, *arguments: Tensor, **constants: Any) -> tuple[Tensor, Tensor]:
    """Return an equation's values (n,) and their gradients (n, V) with respect to the rows (n, V)."""
    leaf = rows.detach().requires_grad_()
    values = equation(leaf, *arguments, **constants)
    (gradients,) = torch.autograd.grad(values.sum(), leaf)
    return values.detach(), gradients


class _RowValues(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        differentiate: Equation,
        made: Tensor | None,
        features: Tensor,
        weight: Tensor,
        bias: Tensor,
        *arguments: Tensor,
    ) -> Tensor:
        scores = products.product(features, weight.t(), bias) if made is None else made
        values = features.new_empty(len(features))
        for rows in in_cache(scores):
            values[rows] = differentiate(scores[rows], *(argument[rows] for argument in arguments))
        ctx.save_for_backward(scores, features, weight)
        return values

    @staticmethod
    def backward(ctx: Any, grad_values: Tensor) -> tuple[Tensor | None, ...]:
        gradients, features, weight = ctx.saved_tensors
        # The rows' coefficients scale the narrow arrays instead of the wide gradients.
        coefficients = grad_values.unsqueeze(1)
        grad_features = products.product(gradients, weight).mul_(coefficients)
        grad_weight = products.weight_gradient(gradients, features * coefficients)
        grad_bias = gradients.t() @ grad_values
        return (None, None, grad_features, grad_weight, grad_bias, *(None for _ in ctx.needs_input_grad[5:]))
