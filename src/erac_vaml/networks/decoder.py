"""LSTM decoder, with or without attention and input feeding (§6.1; Luong et al., 2015; released-code B1 to B5)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from erac_vaml.data.sequences import shift_right
from erac_vaml.networks.attention import Attention, DotAttention, MlpAttention
from erac_vaml.networks.linear import Linear
from erac_vaml.networks.memory import Memory


@dataclass(frozen=True)
class State:
    """The decoder's state between two steps, for R rows."""

    hidden: Tensor
    """(layers, R, H)"""
    cell: Tensor
    """(layers, R, H)"""
    feed: Tensor | None
    """(R, H) the attentional vector that is fed back; None without input feeding."""

    def select(self, rows: Tensor) -> "State":
        """Return the state of the rows with the given indices (R',), `feed` included (fixes released-code D8)."""
        feed = None if self.feed is None else self.feed.index_select(0, rows)
        return State(self.hidden.index_select(1, rows), self.cell.index_select(1, rows), feed)


class Decoder(nn.Module):
    """Computes attentional vectors from the previous tokens and a memory; the output layer turns them into scores.

    The attentional vector is dropout(tanh(W [h; context])); W has a bias only with MLP attention (released-code B2,
    B3). With input feeding, the vector after dropout is appended to the next step's embedding. Without attention, the
    vector is dropout(h) (Vinyals et al., 2015).
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding: int,
        units: int,
        layers: int,
        attention: Literal["dot", "mlp"] | None,
        input_feeding: bool,
    ) -> None:
        """Build a decoder with states of width `units`, the width of the memory."""
        super().__init__()
        self.input_feeding = input_feeding
        self.embedding = nn.Embedding(vocabulary_size, embedding)
        self.lstm = nn.LSTM(embedding + units * input_feeding, units, layers, batch_first=True)
        self.attention: Attention | None = None
        if attention is not None:
            self.attention = MlpAttention(units) if attention == "mlp" else DotAttention()
            self.combine = Linear(2 * units, units, bias=attention == "mlp")

    def keys(self, states: Tensor) -> Tensor:
        """Return attention's keys (B, S, H) for an encoder's states (B, S, H)."""
        return states if self.attention is None else self.attention.keys(states)

    def start(self, memory: Memory) -> State:
        """Return the state before the first token; the vector fed back first is zero."""
        return State(memory.hidden, memory.cell, torch.zeros_like(memory.hidden[0]) if self.input_feeding else None)

    def step(self, tokens: Tensor, state: State, memory: Memory, noise: Tensor | None = None) -> tuple[Tensor, State]:
        """Read tokens (R,), the first time BOS; return attentional vectors (R, H) and the next state.

        `noise` (R, H) multiplies the attentional vectors.
        """
        return self._advance(self.embedding(tokens), state, memory, noise)

    def forward(self, memory: Memory, sequences: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the attentional vectors (R, T, H) of all steps, teacher-forced on sequences (R, T) of words EOS PAD.

        `noise` (R, T, H) multiplies the attentional vectors.
        """
        inputs = self.embedding(shift_right(sequences))
        if not self.input_feeding:
            hidden, _ = self.lstm(inputs, (memory.hidden, memory.cell))
            return self._attend(hidden, memory, noise)
        # unbind instead of indexing: its backward pass is one stack, not a full-size zero tensor for each step.
        noises = [None] * sequences.shape[1] if noise is None else noise.unbind(dim=1)
        state = self.start(memory)
        vectors = []
        for step_inputs, step_noise in zip(inputs.unbind(dim=1), noises, strict=True):
            vector, state = self._advance(step_inputs, state, memory, step_noise)
            vectors.append(vector)
        return torch.stack(vectors, dim=1)

    def _advance(self, inputs: Tensor, state: State, memory: Memory, noise: Tensor | None) -> tuple[Tensor, State]:
        """Do a step from embeddings (R, E); return attentional vectors (R, H) and the next state."""
        if state.feed is not None:
            inputs = torch.cat((inputs, state.feed), dim=-1)
        output, (hidden, cell) = self.lstm(inputs.unsqueeze(1), (state.hidden, state.cell))
        vectors = self._attend(output, memory, None if noise is None else noise.unsqueeze(1)).squeeze(1)
        return vectors, State(hidden, cell, vectors if self.input_feeding else None)

    def _attend(self, hidden: Tensor, memory: Memory, noise: Tensor | None) -> Tensor:
        """Return the attentional vectors (R, T, H) of the top layer's hidden states (R, T, H)."""
        vectors = hidden
        if self.attention is not None:
            vectors = torch.tanh(self.combine(torch.cat((hidden, self.attention(hidden, memory)), dim=-1)))
        return vectors if noise is None else vectors * noise
