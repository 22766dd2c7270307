"""Beam search (released-code D7, with D8 fixed)."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import BOS, EOS, PAD
from erac_vaml.decoding.finished import all_finished, worth_staying
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.output import by_rows
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

_BLOCK = 64
"""Words of a block, of which only the largest score is compared at first."""


@dataclass(frozen=True)
class Hypotheses:
    """The best sequence found for each source (B,), or the best N in order of their scores (B, N)."""

    tokens: Tensor
    """(…, T) words EOS PAD; no EOS in a sequence that did not end within `max_length`. T is the largest length."""
    lengths: Tensor
    """(…) number of tokens, EOS included."""
    scores: Tensor
    """(…) summed log-probabilities of the tokens; −inf where there are fewer than N sequences."""


def beam_search(
    network: SequenceToSequence, memory: Memory, beam_size: int, max_length: int, temperature: float = 1.0
) -> Hypotheses:
    """Search for the most probable sequence of each source; `n_best_search` describes the search and its arguments."""
    found = n_best_search(network, memory, beam_size, max_length, 1, temperature)
    return Hypotheses(found.tokens[:, 0], found.lengths[:, 0], found.scores[:, 0])


@torch.no_grad()
def n_best_search(
    network: SequenceToSequence, memory: Memory, beam_size: int, max_length: int, best: int, temperature: float = 1.0
) -> Hypotheses:
    """Search for the N most probable sequences under softmax(logits / temperature), without length normalisation.

    The released code uses beam 5 and max_length 100 (D7). PAD and BOS are never chosen (fixes A15), but the scores are
    those of the full softmax. Finished sequences stay in the beam and compete with unfinished ones. The temperature is
    for the policy of the Q-network, softmax(Q/τ) (Eq. 3; E8).

    Args:
        network: actor or Q-network.
        memory: memory of B sources, one decoder row each.
        beam_size: K, number of sequences kept for each source.
        max_length: largest number of tokens in a sequence, EOS included.
        best: N, at most K.
        temperature: divisor of the logits.
    """
    count, device = memory.hidden.shape[1], memory.hidden.device
    tokens = torch.full((count, best, max_length), PAD, device=device)
    best_scores = memory.hidden.new_zeros(count, best)
    sources = torch.arange(count, device=device)  # sources still in the batch
    memory = memory.repeat(beam_size)
    state = network.start(memory)
    previous = torch.full((count, beam_size), BOS, device=device)
    history = torch.full((count, beam_size, max_length), PAD, device=device)
    # All beams of a source start equal: only the first may continue, or the same sequence would fill the beam.
    scores = state.hidden.new_full((count, beam_size), -torch.inf)
    scores[:, 0] = 0.0
    finished = torch.zeros(count, beam_size, dtype=torch.bool, device=device)
    for step in range(max_length):
        features, state = network.step(previous.flatten(), state, memory)
        logits = network.output(features)
        log_probs, words = _best_words(logits if temperature == 1.0 else logits.div_(temperature), beam_size)
        log_probs, words = log_probs.view(*scores.shape, -1), words.view(*scores.shape, -1)
        # A finished sequence has one continuation: PAD at no cost, in the place of its best word.
        log_probs.masked_fill_(finished.unsqueeze(2), -torch.inf)
        log_probs[:, :, 0].masked_fill_(finished, 0.0)
        words.masked_fill_(finished.unsqueeze(2), PAD)
        scores, candidates = (scores.unsqueeze(2) + log_probs).flatten(1).topk(beam_size, dim=1)
        parent = candidates // words.shape[2]
        previous = words.flatten(1).gather(1, candidates)
        finished = finished.gather(1, parent) | (previous == EOS)
        history = history.gather(1, parent.unsqueeze(2).expand_as(history))
        history[:, :, step] = previous
        # Scores only fall: nothing can overtake the best N once they are finished, and their source is done.
        going = ~finished[:, :best].all(dim=1)
        if all_finished(going, step):
            break
        rows = parent + torch.arange(len(parent), device=device).unsqueeze(1) * beam_size
        staying = worth_staying(going)
        if staying is not None:
            tokens[sources], best_scores[sources] = history[:, :best], scores[:, :best]
            memory, rows, sources = memory.select(staying), rows[staying], sources[staying]
            history, scores = history[staying], scores[staying]
            previous, finished = previous[staying], finished[staying]
        state = state.select(rows.flatten())
    tokens[sources], best_scores[sources] = history[:, :best], scores[:, :best]
    lengths = (tokens != PAD).sum(dim=2)
    return Hypotheses(tokens[:, :, : int(lengths.max())], lengths, best_scores)


def _best_words(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return log-probabilities and ids (R, min(count, V)) of the best words other than PAD and BOS."""
    normalisers = by_rows(partial(torch.logsumexp, dim=-1), logits)
    logits[:, PAD] = -torch.inf
    logits[:, BOS] = -torch.inf
    best, words = largest(logits, count)
    return best - normalisers.unsqueeze(1), words


def largest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the largest values (R, min(count, V)) of each row (R, V), largest first, and their positions.

    They are in the blocks with the largest maxima. `topk` of whole rows takes four times as long.
    """
    rows, size = values.shape
    whole = size - size % _BLOCK
    maxima = values[:, :whole].view(rows, size // _BLOCK, _BLOCK).amax(dim=2)
    blocks = maxima.topk(min(count, maxima.shape[1]), dim=1).indices
    inside = blocks.unsqueeze(2) * _BLOCK + torch.arange(_BLOCK, device=values.device)
    rest = torch.arange(whole, size, device=values.device).expand(rows, -1)
    positions = torch.cat((inside.flatten(1), rest), dim=1)
    found, places = values.gather(1, positions).topk(min(count, size), dim=1)
    return found, positions.gather(1, places)
