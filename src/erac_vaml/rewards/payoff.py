"""The pay-off R of prefixes and the incremental pay-off r."""

from collections.abc import Callable
from functools import partial

from torch import Tensor
from torch.nn.functional import pad

from erac_vaml.rewards.bleu import Smoothing, prefix_bleu
from erac_vaml.rewards.ngrams import is_word

PrefixScore = Callable[[Tensor, Tensor], Tensor]
"""Scores every prefix of hypotheses (B, T) against references (B, R, L): (B, T), 0 without words, constant from EOS on.

`prefix_bleu`, `prefix_gleu` and `prefix_chrf` are such functions once their settings are given."""


def payoffs(
    hypotheses: Tensor,
    references: Tensor,
    *,
    smoothing: Smoothing = "higher",
    unknown_matches: bool = False,
    scale_by_length: bool = True,
) -> Tensor:
    """Return R(y_1^t; y*) of every prefix (Eq. 4): sentence BLEU, optionally times the reference's length (§6.1).

    The pay-off is constant from EOS on, so the last column is the pay-off of the whole sequences. The defaults are
    those of the recipe `paper`.

    Args:
        hypotheses: (B, T), or (B, M, T) for M sequences of each pair; words EOS PAD.
        references: (B, R, L) words EOS PAD.
        smoothing: "higher" adds one to the counts of n-grams from bigrams on; "all" to all counts (released-code C1);
            "none" to none. The paper does not say which.
        unknown_matches: whether UNK matches UNK (released-code C4).
        scale_by_length: multiply by the number of words in the reference, EOS excluded, or by its mean over several
            distinct references (released-code A11).

    Returns:
        float32 in the shape of the hypotheses; in words if scaled, otherwise in [0, 1].
    """
    score = partial(prefix_bleu, smoothing=smoothing, unknown_matches=unknown_matches)
    return payoffs_by(score, hypotheses, references, scale_by_length=scale_by_length)


def payoffs_by(score: PrefixScore, hypotheses: Tensor, references: Tensor, *, scale_by_length: bool = True) -> Tensor:
    """Return R(y_1^t; y*) of every prefix by any score: `payoffs` with another score in place of sentence BLEU.

    Args:
        score: score of prefixes.
        hypotheses: (B, T), or (B, M, T) for M sequences of each pair; words EOS PAD.
        references: (B, R, L) words EOS PAD.
        scale_by_length: multiply by the number of words in the reference, as in `payoffs`.

    Returns:
        float32 in the shape of the hypotheses.
    """
    samples = hypotheses.shape[1:-1].numel()  # M, or 1
    scores = score(hypotheses.flatten(0, -2), references.repeat_interleave(samples, dim=0))
    if scale_by_length:
        scores = scores * _mean_length(references).repeat_interleave(samples, dim=0)
    return scores.view_as(hypotheses)


def _mean_length(references: Tensor) -> Tensor:
    """Return the mean number of words (B, 1) of the distinct references (B, R, L): a batch repeats some to fill up."""
    repeats = (references.unsqueeze(1) == references.unsqueeze(2)).all(dim=-1).sum(dim=-1)
    shares = repeats.float().reciprocal()
    return (shares * is_word(references).sum(dim=-1)).sum(dim=-1, keepdim=True) / shares.sum(dim=-1, keepdim=True)


def incremental_rewards(payoffs: Tensor, mask: Tensor) -> Tensor:
    """Return r(y_1^{t−1}, y_t) = R(y_1^t) − R(y_1^{t−1}) with R of the empty prefix 0 (Eq. 13; released-code C2).

    Args:
        payoffs: (B, T) R of every prefix.
        mask: (B, T) bool, True at tokens up to and including EOS.

    Returns:
        (B, T); 0 at EOS, as R(ŷ + eos) = R(ŷ) (Eq. 4), and exactly 0 after it.
    """
    return (payoffs - pad(payoffs[..., :-1], (1, 0))).masked_fill(~mask, 0.0)
