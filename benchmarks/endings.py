"""When the sentences of an untrained network end.

Its words are all about equally likely, `eos` among them: samples would run to the length limit. The bias of `eos` is
set so that they end as those of a trained network do.
"""

import math

import torch

from erac_vaml.data.vocabulary import EOS
from erac_vaml.decoding.beam import beam_search
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

_HALVINGS = 60
"""Of an interval whose middle is sought: until nothing changes."""
_NEAR_ENOUGH = 1.0
"""Tokens by which the hypotheses' mean length may miss."""


@torch.no_grad()
def end_samples(actor: SequenceToSequence, mean_length: float, limit: int) -> None:
    """Let samples of an untrained actor have a mean length, in tokens with `eos`, of those cut off at the limit too.

    The chance p of `eos` is made the same at every step (its row of the output layer is zero, all but the bias), so
    that lengths are geometric and the mean of those cut off is (1 − (1 − p)^limit) / p.
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
    """Let the hypotheses of beam search have about a mean length, in tokens with `eos`, by bisection of the bias.

    Where words are about equally likely the most probable sequence is `eos` alone or endless: give an actor whose
    parameters lie in a wide range (about ± 1), so that its distributions are as sharp as a trained one's.
    """
    low, high = 0.0, 32.0
    for _ in range(_HALVINGS):
        bias = (low + high) / 2.0
        actor.output.bias[EOS] = bias
        mean = float(beam_search(actor, memory, beam_size, max_length).lengths.float().mean())
        if abs(mean - mean_length) < _NEAR_ENOUGH:
            break
        low, high = (bias, high) if mean > mean_length else (low, bias)
