"""Attention of a decoder's states over an encoded batch (Luong et al., 2015; released-code B1, B4)."""

import torch
from torch import Tensor, nn

from erac_vaml import kernels
from erac_vaml.kernels import attention
from erac_vaml.networks.linear import Linear
from erac_vaml.networks.memory import Memory


class DotAttention(nn.Module):
    """Attention whose scores are plain dot products, without a matrix and without scaling (released-code B4)."""

    def keys(self, states: Tensor) -> Tensor:
        """Return the encoder's states (B, S, H) unchanged."""
        return states

    def forward(self, queries: Tensor, memory: Memory) -> Tensor:
        """Return the contexts (R, T, H) of the decoder's states (R, T, H)."""
        grouped = _group(queries, memory)
        return _contexts(torch.bmm(grouped, memory.keys.transpose(1, 2)), memory).view(queries.shape)


class MlpAttention(nn.Module):
    """Attention whose scores are v · tanh(W [query; state] + b) (released-code B1).

    W is stored as two halves, so that the states' half is computed once for each source. The released code also adds a
    bias to the score. It is left out here, because the softmax cancels it.
    """

    def __init__(self, units: int) -> None:
        """Build the two halves of W, b and v, for states of width `units`."""
        super().__init__()
        self.query = Linear(units, units, bias=False)
        self.key = Linear(units, units)
        self.score = Linear(units, 1, bias=False)

    def keys(self, states: Tensor) -> Tensor:
        """Return the states' half of the hidden layer (B, S, H)."""
        keys: Tensor = self.key(states)
        return keys

    def forward(self, queries: Tensor, memory: Memory) -> Tensor:
        """Return the contexts (R, T, H) of the decoder's states (R, T, H)."""
        grouped = _group(self.query(queries), memory)
        scores = attention.mlp_scores if kernels.is_on("attention") else mlp_scores
        return _contexts(scores(grouped, memory.keys, self.score.weight[0]), memory).view(queries.shape)


def mlp_scores(queries: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
    """Return v · tanh(query + key) (B, T, S) for queries (B, T, H), keys (B, S, H) and v (H,)."""
    return torch.tanh(queries.unsqueeze(2) + keys.unsqueeze(1)) @ vector


def _group(queries: Tensor, memory: Memory) -> Tensor:
    """Return the queries (R, T, H) grouped by source, (B, M·T, H)."""
    return queries.reshape(memory.states.shape[0], -1, queries.shape[-1])


def _contexts(scores: Tensor, memory: Memory) -> Tensor:
    """Return the states averaged with the softmax of the scores (B, M·T, S); padding has weight exactly zero."""
    weights = scores.masked_fill(~memory.mask.unsqueeze(1), -torch.inf).softmax(dim=-1)
    return torch.bmm(weights, memory.states)
