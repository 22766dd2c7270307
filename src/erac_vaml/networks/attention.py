"""Attention of a decoder's states over an encoded batch (Luong et al., 2015; released-code B1, B4)."""

import torch
from torch import Tensor, nn

from erac_vaml import kernels
from erac_vaml.kernels import attention
from erac_vaml.networks.linear import Linear
from erac_vaml.networks.memory import Memory


class Attention(nn.Module):
    """Averages the encoder's states, weighted by the softmax of scores; each subclass defines its own scores."""

    def keys(self, states: Tensor) -> Tensor:
        """Return what the scores need of the encoder's states (B, S, H), the same for all steps: (B, S, H)."""
        raise NotImplementedError

    def scores(self, queries: Tensor, memory: Memory) -> Tensor:
        """Return the scores (B, T, S) of queries (B, T, H), padding included."""
        raise NotImplementedError

    def weights(self, queries: Tensor, memory: Memory) -> Tensor:
        """Return the weights (R, T, S) of the encoder's states for the decoder's states (R, T, H)."""
        return self._weights(queries, memory).view(*queries.shape[:2], -1)

    def forward(self, queries: Tensor, memory: Memory) -> Tensor:
        """Return the contexts (R, T, H) of the decoder's states (R, T, H)."""
        return torch.bmm(self._weights(queries, memory), memory.states).view(queries.shape)

    def _weights(self, queries: Tensor, memory: Memory) -> Tensor:
        """Return the weights grouped by source, (B, M·T, S); padding has weight exactly zero."""
        grouped = queries.reshape(memory.states.shape[0], -1, queries.shape[-1])
        scores = self.scores(grouped, memory)
        return scores.masked_fill(~memory.mask.unsqueeze(1), -torch.inf).softmax(dim=-1)


class DotAttention(Attention):
    """Attention whose scores are plain dot products, without a matrix and without scaling (released-code B4)."""

    def keys(self, states: Tensor) -> Tensor:
        """Return the encoder's states (B, S, H) unchanged."""
        return states

    def scores(self, queries: Tensor, memory: Memory) -> Tensor:
        """Return the dot products (B, T, S) of queries (B, T, H) and states."""
        return torch.bmm(queries, memory.keys.transpose(1, 2))


class MlpAttention(Attention):
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

    def scores(self, queries: Tensor, memory: Memory) -> Tensor:
        """Return v · tanh(W [query; state] + b) (B, T, S) for queries (B, T, H)."""
        queries = self.query(queries)
        by_kernel = kernels.is_on("attention") and attention.is_exact(queries, memory.keys)
        return (attention.mlp_scores if by_kernel else mlp_scores)(queries, memory.keys, self.score.weight[0])


def mlp_scores(queries: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
    """Return v · tanh(query + key) (B, T, S) for queries (B, T, H), keys (B, S, H) and v (H,)."""
    return torch.tanh(queries.unsqueeze(2) + keys.unsqueeze(1)) @ vector
