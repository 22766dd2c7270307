"""BLEU (Papineni et al., 2002) of every prefix of every hypothesis, on token ids, in one vectorised pass."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from erac_vaml.data.vocabulary import EOS, UNK

Smoothing = Literal["all", "higher", "none"]

_ORDERS = 4
"""Length of the longest n-gram."""

# Ids for "no word"; they differ, so that a non-word in a hypothesis matches nothing in a reference.
_NO_HYPOTHESIS_WORD, _NO_REFERENCE_WORD = -1, -2


@dataclass(frozen=True)
class NgramStatistics:
    """The counts that BLEU is computed from. Statistics can be summed, for example over a corpus."""

    matches: Tensor
    """(…, 4) clipped matches of each order, order 1 first."""
    totals: Tensor
    """(…, 4) number of n-grams of each order in the hypothesis."""
    hypothesis_lengths: Tensor
    """(…) number of words in the hypothesis."""
    reference_lengths: Tensor
    """(…) number of words in the reference that is closest in length; the shorter of two equally close ones."""


def prefix_bleu(hypotheses: Tensor, references: Tensor, *, smoothing: Smoothing, unknown_matches: bool) -> Tensor:
    """Return the sentence BLEU of every prefix y_1..y_t against the full references: R of Eqs. 4 and 13.

    PAD, BOS and EOS are not words: a prefix that ends in EOS has the BLEU of the words before it, and the score is
    constant from EOS on (released-code C2). The last column is therefore the BLEU of the sentences.

    Args:
        hypotheses: (B, T) words EOS PAD.
        references: (B, R, L) words EOS PAD; R references for each hypothesis.
        smoothing: "higher" adds one to matches and totals of orders 2 and up, "all" of every order (released-code C1),
            "none" adds nothing.
        unknown_matches: whether UNK in a hypothesis matches UNK in a reference (released-code C4, C5).

    Returns:
        (B, T) float32 in [0, 1].
    """
    return bleu(prefix_statistics(hypotheses, references, unknown_matches=unknown_matches), smoothing)


def bleu(statistics: NgramStatistics, smoothing: Smoothing) -> Tensor:
    """Return BLEU = BP · exp(mean of log precisions), BP = min(1, exp(1 − reference length / hypothesis length)).

    Args:
        statistics: statistics of prefixes or sentences, or their sum over a corpus.
        smoothing: "all" adds one to matches and totals of every order (released-code C1); "higher" of orders 2 and up
            (Lin and Och, 2004); "none" adds nothing: BLEU is 0 if an order has no match.

    Returns:
        (…) float32 in [0, 1]; 0 if the hypothesis has no words.
    """
    first_smoothed = {"all": 1, "higher": 2, "none": _ORDERS + 1}[smoothing]
    added = (torch.arange(1, _ORDERS + 1, device=statistics.matches.device) >= first_smoothed).float()
    # An order without n-grams has no matches: log 0 − log 1 makes its precision 0; smoothed, log 1 − log 1 makes it 1.
    log_precisions = (statistics.matches + added).log() - (statistics.totals + added).clamp(min=1).log()
    lengths = statistics.hypothesis_lengths
    log_brevity_penalty = (1.0 - statistics.reference_lengths / lengths.clamp(min=1)).clamp(max=0.0)
    return (log_precisions.mean(dim=-1) + log_brevity_penalty).exp().masked_fill(lengths == 0, 0.0)


def prefix_statistics(hypotheses: Tensor, references: Tensor, *, unknown_matches: bool) -> NgramStatistics:
    """Return the n-gram statistics of every prefix of the hypotheses; the last column has those of the sentences.

    The k-th occurrence of an n-gram in a hypothesis is a match if some reference has the n-gram at least k times. The
    clipped matches of all prefixes are therefore one cumulative sum over the positions where n-grams end.

    Args:
        hypotheses: (B, T) words EOS PAD.
        references: (B, R, L) words EOS PAD.
        unknown_matches: whether UNK in a hypothesis matches UNK in a reference.

    Returns:
        Statistics with leading shape (B, T).
    """
    length, reference_length = hypotheses.shape[-1], references.shape[-1]
    hypothesis_words, reference_words = is_word(hypotheses), is_word(references)
    matchable = reference_words if unknown_matches else reference_words & (references != UNK)

    # With three non-words in front, every position ends an n-gram of every order.
    front = (_ORDERS - 1, 0)
    own = pad(hypotheses.masked_fill(~hypothesis_words, _NO_HYPOTHESIS_WORD), front, value=_NO_HYPOTHESIS_WORD)
    other = pad(references.masked_fill(~matchable, _NO_REFERENCE_WORD), front, value=_NO_REFERENCE_WORD)
    same_own = own[:, :, None] == own[:, None, :]  # (B, T+, T+)
    same_other = own[:, None, :, None] == other[:, :, None, :]  # (B, R, T+, L+)

    earlier_or_here = torch.ones(length, length, dtype=torch.bool, device=own.device).tril()
    repeated, in_reference = earlier_or_here, torch.ones((), dtype=torch.bool, device=own.device)
    matches = []
    for start in range(_ORDERS - 1, -1, -1):  # order n compares the words at t, t − 1, …, t − n + 1
        rows, columns = slice(start, start + length), slice(start, start + reference_length)
        repeated = repeated & same_own[:, rows, rows]
        in_reference = in_reference & same_other[:, :, rows, columns]
        occurrence = repeated.sum(dim=-1)
        available = in_reference.sum(dim=-1).amax(dim=1)
        matches.append((occurrence <= available).cumsum(dim=-1))

    lengths = hypothesis_words.cumsum(dim=-1)
    orders = torch.arange(_ORDERS, device=own.device)
    return NgramStatistics(
        matches=torch.stack(matches, dim=-1).float(),
        totals=(lengths[..., None] - orders).clamp(min=0).float(),
        hypothesis_lengths=lengths.float(),
        reference_lengths=_closest(lengths, reference_words.sum(dim=-1)).float(),
    )


def is_word(tokens: Tensor) -> Tensor:
    """Return the mask of the words: all tokens but PAD, BOS and EOS; UNK is a word."""
    return (tokens > EOS) | (tokens == UNK)


def _closest(lengths: Tensor, reference_lengths: Tensor) -> Tensor:
    """Return the reference length (B, R) that is closest to each length (B, T), (B, T); the shorter one of a tie."""
    difference = reference_lengths[:, None, :] - lengths[:, :, None]
    nearest = (2 * difference.abs() + (difference > 0)).argmin(dim=-1)
    return reference_lengths.gather(1, nearest)
