"""Makes the sequences of an untrained network end as those of a trained network do.

An untrained network finds all words about equally likely, `eos` included: its samples would run to the length limit. So
the bias of `eos` is set to give them a realistic mean length.
"""

import math

import torch

from erac_vaml.data.vocabulary import EOS
from erac_vaml.decoding.beam import beam_search
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

_HALVINGS = 60
"""Bisection steps: more than a float can resolve."""
_NEAR_ENOUGH = 1.0
"""Tolerated error of the hypotheses' mean length, in tokens."""


@torch.no_grad()
def end_samples(actor: SequenceToSequence, mean_length: float, limit: int) -> None:
    """Give the samples of an untrained actor a mean length, in tokens with `eos`.

    The row of `eos` in the output layer is set to zero, all but the bias, so that its probability p is the same at each
    step. Lengths are then geometric, and their mean, with samples cut off at the limit, is (1 − (1 − p)^limit) / p.
    """
    low, high = 1e-9, 1.0
    for _ in range(_HALVINGS):
        chance = math.sqrt(low * high)
        too_long = (1.0 - (1.0 - chance) ** limit) / chance > mean_length
        low, high = (chance, high) if too_long else (low, chance)
    output = actor.output
    output.weight[EOS] = 0.0
    # The other words' scores are near zero.
    output.bias[EOS] = math.log(chance / (1.0 - chance)) + math.log(output.out_features)


@torch.no_grad()
def end_hypotheses(
    actor: SequenceToSequence, memory: Memory, mean_length: float, beam_size: int, max_length: int
) -> None:
    """Give the hypotheses of beam search about a mean length, in tokens with `eos`, by bisection of the bias.

    Where words are about equally likely, the most probable sequence is `eos` alone or endless. So the actor needs
    parameters in a wide range (about ± 1), which makes its distributions as sharp as those of a trained actor.
    """
    low, high = 0.0, 32.0
    for _ in range(_HALVINGS):
        bias = (low + high) / 2.0
        actor.output.bias[EOS] = bias
        mean = float(beam_search(actor, memory, beam_size, max_length).lengths.float().mean())
        if abs(mean - mean_length) < _NEAR_ENOUGH:
            break
        low, high = (bias, high) if mean > mean_length else (low, bias)
