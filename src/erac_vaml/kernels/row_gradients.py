"""Equations of rows of scores with hand-written gradients, for `networks.output.OutputLayer.rows`.

Under autograd, a softmax of V scores takes several passes over memory in each direction. Here the gradient is the
softmax itself, computed in place of the scores. A kernel belongs to one function: a change of `objectives.token_losses`
or `objectives.soft_value` needs the same change here, and a test fails until then.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from erac_vaml.kernels import is_on
from erac_vaml.objectives.mle import token_losses
from erac_vaml.objectives.values import soft_value


def by_hand(equation: Callable[..., Tensor]) -> Callable[..., Tensor] | None:
    """Return the kernel of an equation, which returns the same values and overwrites the scores by their gradients.

    Return None if there is no kernel, or `rows` is off.
    """
    return _KERNELS.get(equation) if is_on("rows") else None


def _token_losses(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return `objectives.token_losses` (n,); overwrite the logits (n, V) by P_θ(w) − 1[w = token]."""
    places = tokens.unsqueeze(1)
    token_logits = logits.gather(1, places).squeeze(1)
    losses = _softmax(logits) - token_logits
    logits.scatter_add_(1, places, torch.full_like(places, -1, dtype=logits.dtype))
    return losses


def _soft_value(q: Tensor, tau: float) -> Tensor:
    """Return `objectives.soft_value` (n,); overwrite the action values (n, V) by exp((Q(w) − V)/τ)."""
    return tau * _softmax(q.div_(tau))


def _softmax(scores: Tensor) -> Tensor:
    """Overwrite scores (n, V) by their softmax; return log Σ_w exp(score(w)) (n,)."""
    largest = scores.amax(dim=-1)
    torch.softmax(scores, dim=-1, out=scores)
    # The most probable word has probability exp(largest) / Σ_w exp(score(w)), which is at least 1/V.
    return largest - scores.amax(dim=-1).log()


_KERNELS: dict[Callable[..., Tensor], Callable[..., Tensor]] = {
    token_losses: _token_losses,
    soft_value: _soft_value,
}
