"""Matches of the word n-grams of every prefix with references, on token ids, in one vectorised pass."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from erac_vaml.data.vocabulary import EOS, UNK

ORDERS = 4
"""Length of the longest n-gram."""

# Ids for "no word"; they differ, so that a non-word in a hypothesis matches nothing in a reference.
_NO_HYPOTHESIS_WORD, _NO_REFERENCE_WORD = -1, -2


def is_word(tokens: Tensor) -> Tensor:
    """Return the mask of the words: all tokens but PAD, BOS and EOS; UNK is a word."""
    return (tokens > EOS) | (tokens == UNK)


def ngram_totals(lengths: Tensor) -> Tensor:
    """Return the number of n-grams of each order (…, 4), order 1 first, in texts of these lengths (…) in words."""
    return (lengths[..., None] - torch.arange(ORDERS, device=lengths.device)).clamp(min=0)


def matched_ngrams(hypotheses: Tensor, references: Tensor, *, unknown_matches: bool) -> Tensor:
    """Return whether the n-gram that ends at each position of a hypothesis is a match with each reference.

    The k-th occurrence of an n-gram in a hypothesis is a match if the reference has the n-gram at least k times. The
    clipped matches of all prefixes are therefore one cumulative sum over the positions.

    Args:
        hypotheses: (B, T) words EOS PAD.
        references: (B, R, L) words EOS PAD.
        unknown_matches: whether UNK in a hypothesis matches UNK in a reference.

    Returns:
        (B, R, T, 4) bool, order 1 first.
    """
    length, reference_length = hypotheses.shape[-1], references.shape[-1]
    hypothesis_words, reference_words = is_word(hypotheses), is_word(references)
    matchable = reference_words if unknown_matches else reference_words & (references != UNK)

    # With three non-words in front, every position ends an n-gram of every order.
    front = (ORDERS - 1, 0)
    own = pad(hypotheses.masked_fill(~hypothesis_words, _NO_HYPOTHESIS_WORD), front, value=_NO_HYPOTHESIS_WORD)
    other = pad(references.masked_fill(~matchable, _NO_REFERENCE_WORD), front, value=_NO_REFERENCE_WORD)
    same_own = own[:, :, None] == own[:, None, :]  # (B, T+, T+)
    same_other = own[:, None, :, None] == other[:, :, None, :]  # (B, R, T+, L+)

    earlier_or_here = torch.ones(length, length, dtype=torch.bool, device=own.device).tril()
    repeated, in_reference = earlier_or_here, torch.ones((), dtype=torch.bool, device=own.device)
    matched = []
    for start in range(ORDERS - 1, -1, -1):  # order n compares the words at t, t − 1, …, t − n + 1
        rows, columns = slice(start, start + length), slice(start, start + reference_length)
        repeated = repeated & same_own[:, rows, rows]
        in_reference = in_reference & same_other[:, :, rows, columns]
        occurrence, available = repeated.sum(dim=-1), in_reference.sum(dim=-1)
        matched.append(occurrence.unsqueeze(1) <= available)
    return torch.stack(matched, dim=-1)
