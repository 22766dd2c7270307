"""Ancestral sampling from a policy network (Algorithm 3, line 4); lines 6 and 8 use the same policy."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.data import shapes
from erac_vaml.data.sequences import length_mask
from erac_vaml.data.vocabulary import BOS, EOS, PAD, UNK
from erac_vaml.decoding.finished import going_on, worth_staying
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.rows import Rows, fill_up
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

_BLOCK = 128
"""Number of words in a block: a draw chooses a block, then a word in it."""

_BELOW_ONE = 1.0 - 2.0**-40
"""Largest rest of a uniform number after a block is chosen: rounding must not make it 1."""


@dataclass(frozen=True)
class Samples:
    """One sampled sequence for each decoder row of a memory."""

    tokens: Tensor
    """(R, T) words EOS PAD."""
    lengths: Tensor
    """(R,) number of tokens, EOS included."""
    policy: Tensor
    """(N, V) π in the states in which the tokens were chosen, a row for each position of `rows`."""
    rows: Rows
    """Positions of the states in (R, T): all up to and including EOS, and some after it; on a GPU all positions."""


@torch.no_grad()
def sample(
    network: SequenceToSequence,
    memory: Memory,
    max_length: int,
    generator: torch.Generator,
    noise: Tensor | None = None,
    *,
    enforce_eos: bool,
) -> Samples:
    """Sample y ~ π from every decoder row of the memory; EOS is forced at position `max_length` (Corollary 1).

    PAD and BOS are never sampled, because they are not in the vocabulary W (fixes released-code A15). The other words
    keep their proportions. The policy is returned, because the objectives need it (Eqs. 19 and 20).

    Args:
        network: the policy π.
        memory: one decoder row for each sample.
        max_length: T.
        generator: source of the samples, on the memory's device.
        noise: (R, max_length, H) dropout factors (released-code A13); None: no dropout.
        enforce_eos: return the policy at `max_length` as EOS alone, as its token is; otherwise return the network's
            policy there (released-code A14).
    """
    count, device = memory.hidden.shape[1], memory.hidden.device
    # All uniform numbers are drawn at once, so that a row's sample does not depend on the other rows' lengths. They are
    # doubles, because a word of probability 1e-7 is below the resolution of a float in the distribution function.
    uniforms = torch.rand(max_length - 1, count, 1, dtype=torch.float64, device=device, generator=generator)
    tokens = torch.full((max_length, count), PAD, device=device)
    # On a CPU only the touched part of this array takes memory, which is as long as the samples.
    policy = memory.hidden.new_empty(max_length * count, network.output.out_features)
    chosen: list[Tensor] = []  # indices of the rows whose token is chosen at each step
    made = 0
    ids = torch.arange(count, device=device)  # indices of the rows still in the batch
    going = torch.ones(count, dtype=torch.bool, device=device)
    previous = torch.full((count,), BOS, device=device)
    state = network.start(memory)
    for step in range(max_length):
        features, state = network.step(previous, state, memory, None if noise is None else noise[ids, step])
        active = going_on(going)
        choosing = ids[active]
        rows = policy[made : made + len(choosing)]
        last = step == max_length - 1
        if last and enforce_eos:
            rows.zero_()[:, EOS] = 1.0
        else:
            torch.softmax(network.output(features[active]), dim=-1, out=rows)
        drawn = torch.full_like(choosing, EOS) if last else _draw(rows, uniforms[step, choosing])
        chosen.append(choosing)
        made += len(choosing)
        previous = torch.full_like(ids, PAD).index_copy_(0, active, drawn).masked_fill_(~going, PAD)
        tokens[step, ids] = previous
        going = going & (previous != EOS)
        staying = worth_staying(going.view(len(memory.states), -1).any(dim=1))
        if staying is None:
            continue
        if len(staying) == 0:
            break
        kept = torch.arange(len(ids)).view(len(memory.states), -1)[staying].flatten()
        memory, state = memory.select(staying), state.select(kept)
        ids, going, previous = ids[kept], going[kept], previous[kept]
    length = len(chosen)
    tokens, lengths = tokens[:length].t().contiguous(), (tokens != PAD).sum(dim=0)
    places = torch.cat([rows_at_step * length + step for step, rows_at_step in enumerate(chosen)])
    if shapes.follow_values(places):
        places = fill_up(places, length_mask(lengths, length))
        policy[made : len(places)] = 0.0
    return Samples(tokens, lengths, policy[: len(places)], Rows((count, length), places))


def _draw(policy: Tensor, uniforms: Tensor) -> Tensor:
    """Return words (n,) drawn from π (n, V) without PAD and BOS, with uniforms (n, 1), by inverting the CDF.

    Draw a block of words, then a word in it: a CDF of all words, in doubles, takes longer than the softmax. If only PAD
    and BOS have a positive probability in single precision, return the last word.
    """
    size = policy.shape[1]
    whole = size - size % _BLOCK
    masses = torch.cat([policy[:, :whole].unflatten(1, (-1, _BLOCK)).sum(2), policy[:, whole:].sum(1, True)], dim=1)
    masses[:, 0] = policy[:, UNK] + policy[:, EOS:_BLOCK].sum(dim=1)
    block, rest = _invert(masses, uniforms)
    words = block * _BLOCK + torch.arange(_BLOCK, device=policy.device)
    chances = policy.gather(1, words.clamp_max(size - 1))
    position, _ = _invert(chances.masked_fill_((words == PAD) | (words == BOS) | (words >= size), 0.0), rest)
    return words.gather(1, position).squeeze(1).clamp_max_(size - 1)


def _invert(masses: Tensor, uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """Return the index (n, 1) of the mass (n, K) that each uniform (n, 1) falls into, and how far into it, 0 to 1."""
    cumulative = masses.cumsum(dim=1, dtype=torch.float64)
    points = uniforms * cumulative[:, -1:]
    # The first index whose cumulative mass exceeds the point; an index without mass cannot be the first.
    chosen = torch.searchsorted(cumulative, points, right=True).clamp_max_(masses.shape[1] - 1)
    mass = masses.gather(1, chosen)
    return chosen, ((points - cumulative.gather(1, chosen)) / mass + 1.0).clamp_(0.0, _BELOW_ONE)
