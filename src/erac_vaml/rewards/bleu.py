"""BLEU (Papineni et al., 2002) of every prefix of every hypothesis, on token ids, in one vectorised pass."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from erac_vaml.rewards.ngrams import ORDERS, is_word, matched_ngrams, ngram_totals

Smoothing = Literal["all", "higher", "none"]


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
    first_smoothed = {"all": 1, "higher": 2, "none": ORDERS + 1}[smoothing]
    added = (torch.arange(1, ORDERS + 1, device=statistics.matches.device) >= first_smoothed).float()
    # An order without n-grams has no matches: log 0 − log 1 makes its precision 0; smoothed, log 1 − log 1 makes it 1.
    log_precisions = (statistics.matches + added).log() - (statistics.totals + added).clamp(min=1).log()
    lengths = statistics.hypothesis_lengths
    log_brevity_penalty = (1.0 - statistics.reference_lengths / lengths.clamp(min=1)).clamp(max=0.0)
    return (log_precisions.mean(dim=-1) + log_brevity_penalty).exp().masked_fill(lengths == 0, 0.0)


def prefix_statistics(hypotheses: Tensor, references: Tensor, *, unknown_matches: bool) -> NgramStatistics:
    """Return the n-gram statistics of every prefix of the hypotheses; the last column has those of the sentences.

    With several references, matches are clipped at the largest count in one of them.

    Args:
        hypotheses: (B, T) words EOS PAD.
        references: (B, R, L) words EOS PAD.
        unknown_matches: whether UNK in a hypothesis matches UNK in a reference.

    Returns:
        Statistics with leading shape (B, T).
    """
    matched = matched_ngrams(hypotheses, references, unknown_matches=unknown_matches)
    lengths = is_word(hypotheses).cumsum(dim=-1)
    return NgramStatistics(
        matches=matched.any(dim=1).cumsum(dim=1).float(),
        totals=ngram_totals(lengths).float(),
        hypothesis_lengths=lengths.float(),
        reference_lengths=_closest(lengths, is_word(references).sum(dim=-1)).float(),
    )


def _closest(lengths: Tensor, reference_lengths: Tensor) -> Tensor:
    """Return the reference length (B, R) that is closest to each length (B, T), (B, T); the shorter one of a tie."""
    difference = reference_lengths[:, None, :] - lengths[:, :, None]
    nearest = (2 * difference.abs() + (difference > 0)).argmin(dim=-1)
    return reference_lengths.gather(1, nearest)
