"""The network of the actor, the critic and the Q-network: an encoder, a decoder and an output layer."""

from typing import Literal

import torch
from torch import Tensor, nn

from erac_vaml.data.sequences import length_mask, with_bos
from erac_vaml.networks.decoder import Decoder, State
from erac_vaml.networks.encoder import Encoder
from erac_vaml.networks.image_encoder import ImageEncoder
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.output import OutputLayer


class SequenceToSequence(nn.Module):
    """Scores each next word, given an encoded source and the previous words (§6.1).

    The scores of an actor are the logits of π; those of a critic or Q-network are unbounded Q values (released-code
    B7). Dropout is applied if and only if noise is passed: train() and eval() have no effect.
    """

    def __init__(
        self,
        encoder: Encoder | ImageEncoder,
        target_size: int,
        *,
        embedding: int,
        units: int,
        layers: int,
        attention: Literal["dot", "mlp"] | None,
        input_feeding: bool,
        dropout: float,
    ) -> None:
        """Build on an encoder, for `target_size` words; encoder and decoder share no embeddings (released-code B6)."""
        super().__init__()
        self.dropout = dropout
        self.encoder = encoder
        self.decoder = Decoder(target_size, embedding, units, layers, attention, input_feeding)
        self.output = OutputLayer(units, target_size)

    def encode(self, source: Tensor, lengths: Tensor) -> Memory:
        """Encode ids (B, S) of lengths (B,), each at least 1, or image features (B, D); padding has no effect."""
        states, hidden, cell = self.encoder(source, lengths)
        return Memory(states, self.decoder.keys(states), length_mask(lengths, states.shape[1]), hidden, cell)

    def encode_references(self, references: Tensor, lengths: Tensor) -> Memory:
        """Encode references (B, T) of lengths (B,): a critic and a Q-network read them with BOS (released-code B6)."""
        return self.encode(with_bos(references), lengths + 1)

    def dropout_noise(self, rows: int, length: int, generator: torch.Generator) -> Tensor | None:
        """Return dropout factors (rows, length, H) for the attentional vectors: 0 with probability p, else 1/(1 − p).

        Return None if p = 0 (released-code B2). The factors are drawn on the generator's device and moved to the
        network's.
        """
        if self.dropout == 0.0:
            return None
        keep = 1 - self.dropout
        noise = torch.rand(rows, length, self.output.in_features, generator=generator, device=generator.device)
        return noise.lt_(keep).div_(keep).to(self.output.weight.device)

    def features(self, memory: Memory, sequences: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return attentional vectors (R, T, H), teacher-forced on sequences (R, T) of words EOS PAD."""
        features: Tensor = self.decoder(memory, sequences, noise)
        return features

    def features_with_dropout(self, memory: Memory, sequences: Tensor, generator: torch.Generator) -> Tensor:
        """Return attentional vectors (R, T, H) with newly drawn dropout, teacher-forced on sequences (R, T)."""
        rows, length = sequences.shape
        return self.features(memory, sequences, self.dropout_noise(rows, length, generator))

    def logits(self, memory: Memory, sequences: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the scores (R, T, V) of all words at each step of sequences (R, T)."""
        logits: Tensor = self.output(self.features(memory, sequences, noise))
        return logits

    def start(self, memory: Memory) -> State:
        """Return the decoder's state before the first token."""
        return self.decoder.start(memory)

    def step(self, tokens: Tensor, state: State, memory: Memory, noise: Tensor | None = None) -> tuple[Tensor, State]:
        """Read tokens (R,), the first time BOS; return attentional vectors (R, H) and the next state."""
        return self.decoder.step(tokens, state, memory, noise)
