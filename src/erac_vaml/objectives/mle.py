"""Maximum likelihood (§1; the actor's pre-training, Algorithm 3's λ_MLE term)."""

import torch
from torch import Tensor

from erac_vaml.networks.softmax import softmax_
from erac_vaml.objectives.steps import sum_over_time


def token_losses(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return −log P_θ(token), (n,), in nats, of tokens (n,) under softmax(logits (n, V)).

    A row function (`networks.output`): the logits become its gradient, P_θ(w) − 1[w = token].
    """
    places = tokens.unsqueeze(1)
    token_logits = logits.gather(1, places).squeeze(1)
    losses = softmax_(logits) - token_logits
    logits.scatter_add_(1, places, torch.full_like(places, -1, dtype=logits.dtype))
    return losses


def mle_loss(token_losses: Tensor, mask: Tensor) -> Tensor:
    """Return the mean negative log-likelihood of the sequences, in nats a sequence (released-code A22).

    Args:
        token_losses: (B, T) −log P_θ(y_t | y_1^{t−1}, x).
        mask: (B, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar.
    """
    return sum_over_time(token_losses, mask).mean()
