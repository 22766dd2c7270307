"""Softmax of rows of scores into an array at hand, with the logarithm of its normaliser or its entropy."""

import torch
from torch import Tensor


def softmax_(scores: Tensor) -> Tensor:
    """Turn scores (n, V) into their softmax, in place; return log Σ_w exp(score(w)), (n,)."""
    return _write(scores, scores)


def softmax_entropy(scores: Tensor, probs: Tensor) -> Tensor:
    """Write the softmax p of scores (n, V), finite, into probs (n, V); return −Σ_w p(w) log p(w) in nats, (n,)."""
    log_normaliser = _write(scores, probs)
    return log_normaliser - torch.linalg.vecdot(probs, scores)


def _write(scores: Tensor, probs: Tensor) -> Tensor:
    """Write the softmax of scores (n, V) into probs (n, V); return log Σ_w exp(score(w)), (n,)."""
    largest = scores.amax(dim=-1)
    torch.softmax(scores, dim=-1, out=probs)
    # The most probable word has probability exp(largest) / Σ_w exp(score(w)), which is at least 1/V.
    return largest - probs.amax(dim=-1).log()
