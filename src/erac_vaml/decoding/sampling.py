"""Ancestral sampling from a policy network (Algorithm 3, lines 4 and 5)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import BOS, EOS, PAD
from erac_vaml.decoding.finished import all_finished
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


@dataclass(frozen=True)
class Samples:
    """One sampled sequence for each decoder row of a memory."""

    tokens: Tensor
    """Words EOS PAD, (R, T); T is the longest sample's length."""
    lengths: Tensor
    """Tokens of each with EOS, (R,)."""


@torch.no_grad()
def sample(
    network: SequenceToSequence,
    memory: Memory,
    max_length: int,
    generator: torch.Generator,
    noise: Tensor | None = None,
) -> Samples:
    """Sample y ~ π from every decoder row of the memory; EOS is forced at position `max_length` (Corollary 1).

    PAD and BOS are never sampled: they are no words of W (mends released-code A15). The other words keep their
    proportions. `noise` (R, max_length, H) is dropout's (released-code A13); None samples without dropout.
    The generator lives on the memory's device, which is asked once at the end for the longest sample's length.
    """
    rows = memory.hidden.shape[1]
    device = memory.hidden.device
    # One uniform number a token, drawn at once: what a row samples does not depend on where the other rows end. They
    # are doubles, because words with a chance of 1e-7 lie below a float's resolution in the distribution function.
    uniforms = torch.rand(max_length - 1, rows, 1, dtype=torch.float64, device=device, generator=generator)
    tokens = torch.full((max_length, rows), PAD, device=device)
    finished = torch.zeros(rows, dtype=torch.bool, device=device)
    previous = torch.full((rows,), BOS, device=device)
    state = network.start(memory)
    for step in range(max_length - 1):
        features, state = network.step(previous, state, memory, None if noise is None else noise[:, step])
        drawn = _draw(network.output(features), uniforms[step])
        previous = drawn.masked_fill(finished, PAD)
        tokens[step] = previous
        finished |= previous == EOS
        if all_finished(finished, step):
            break
    tokens[-1].masked_fill_(~finished, EOS)
    lengths = (tokens != PAD).sum(dim=0)
    return Samples(tokens[: int(lengths.max())].t().contiguous(), lengths)


def _draw(logits: Tensor, uniforms: Tensor) -> Tensor:
    """Draw a word (R,) from softmax(logits (R, V)) without PAD and BOS, with uniforms (R, 1), by inverting the CDF.

    The logits are overwritten.
    """
    logits[:, PAD] = -torch.inf
    logits[:, BOS] = -torch.inf
    cumulative = logits.softmax(dim=-1).cumsum(dim=-1, dtype=torch.float64)
    # The first word whose cumulative chance exceeds u·total: one without any chance cannot be the first.
    drawn = torch.searchsorted(cumulative, uniforms * cumulative[:, -1:], right=True).squeeze(1)
    return drawn.clamp_max_(logits.shape[-1] - 1)
