"""Beam search (released-code D7, with D8 mended)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import BOS, EOS, PAD
from erac_vaml.decoding.finished import all_finished
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


@dataclass(frozen=True)
class Hypotheses:
    """The best sequence found for each source."""

    tokens: Tensor
    """Words EOS PAD, (B, T); one that has not ended within `max_length` has no EOS. T is the longest one's length."""
    lengths: Tensor
    """Tokens of each, with EOS where it has one, (B,)."""
    scores: Tensor
    """Summed log-probabilities of the tokens, (B,)."""


@torch.no_grad()
def beam_search(
    network: SequenceToSequence, memory: Memory, beam_size: int, max_length: int, temperature: float = 1.0
) -> Hypotheses:
    """Search for the most probable sequence under softmax(logits / temperature), without length normalisation.

    The released code's settings are beam 5 and max_length 100 (D7). PAD and BOS are never chosen (mends A15), but the
    scores are those of the full softmax. Ended sequences stay in the beam and compete with those that go on. The
    temperature is for the Q-network's policy softmax(Q/τ) (Eq. 3; E8).

    Args:
        network: actor or Q-network.
        memory: of B sources, one decoder row each.
        beam_size: K, sequences kept for each source.
        max_length: most tokens of a sequence, EOS included.
        temperature: the logits are divided by it.
    """
    sources = memory.hidden.shape[1]
    device = memory.hidden.device
    memory = memory.repeat(beam_size)
    state = network.start(memory)
    first_rows = torch.arange(sources, device=device).unsqueeze(1) * beam_size
    previous = torch.full((sources, beam_size), BOS, device=device)
    # All beams of a source start alike: only the first may go on, or the same sequence would fill the whole beam.
    scores = state.hidden.new_full((sources, beam_size), -torch.inf)
    scores[:, 0] = 0.0
    finished = torch.zeros(sources, beam_size, dtype=torch.bool, device=device)
    parents, chosen = [], []
    for step in range(max_length):
        features, state = network.step(previous.flatten(), state, memory)
        log_probs, words = _best_words(network.output(features).div_(temperature), beam_size)
        log_probs, words = log_probs.view(sources, beam_size, -1), words.view(sources, beam_size, -1)
        # An ended sequence has one continuation, itself: PAD at no cost, in the place of its best word.
        log_probs.masked_fill_(finished.unsqueeze(2), -torch.inf)
        log_probs[:, :, 0].masked_fill_(finished, 0.0)
        words.masked_fill_(finished.unsqueeze(2), PAD)
        scores, candidates = (scores.unsqueeze(2) + log_probs).flatten(1).topk(beam_size, dim=1)
        parent = candidates // words.shape[2]
        previous = words.flatten(1).gather(1, candidates)
        finished = finished.gather(1, parent) | (previous == EOS)
        state = state.select((first_rows + parent).flatten())
        parents.append(parent)
        chosen.append(previous)
        # Scores only fall, so nothing can overtake an ended sequence that is the best now: no need to end the others.
        if all_finished(finished[:, 0], step):
            break
    tokens = _trace_best(parents, chosen)
    lengths = (tokens != PAD).sum(dim=1)
    return Hypotheses(tokens[:, : int(lengths.max())], lengths, scores[:, 0])


def _best_words(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return log-probabilities and ids, both (R, min(count, V)), of the best words other than PAD and BOS.

    The logits are overwritten.
    """
    normaliser = logits.logsumexp(dim=-1, keepdim=True)
    logits[:, PAD] = -torch.inf
    logits[:, BOS] = -torch.inf
    best, words = logits.topk(min(count, logits.shape[-1]), dim=-1)
    return best - normaliser, words


def _trace_best(parents: list[Tensor], chosen: list[Tensor]) -> Tensor:
    """Follow the best beam back through parents and words, each (B, K) a step; return its tokens (B, T)."""
    beam = torch.zeros_like(parents[-1][:, :1])
    tokens = []
    for parent, words in zip(reversed(parents), reversed(chosen), strict=True):
        tokens.append(words.gather(1, beam))
        beam = parent.gather(1, beam)
    return torch.cat(tokens[::-1], dim=1)
