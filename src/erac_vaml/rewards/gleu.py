"""GLEU (Wu et al., 2016, "Google's Neural Machine Translation System") of every prefix, on token ids."""

from torch import Tensor

from erac_vaml.rewards.ngrams import is_word, matched_ngrams, ngram_totals


def prefix_gleu(hypotheses: Tensor, references: Tensor, *, unknown_matches: bool) -> Tensor:
    """Return the GLEU of every prefix y_1..y_t against the full references: min(precision, recall).

    Precision is the share of the hypothesis' n-grams that match, recall the share of the reference's n-grams that are
    matched, of all orders 1 to 4 together; matches are clipped. So GLEU = matches / max(n-grams of the one, of the
    other). With several references the best one counts, as in NLTK. PAD, BOS and EOS are not words.

    Args:
        hypotheses: (B, T) words EOS PAD.
        references: (B, R, L) words EOS PAD; R references for each hypothesis.
        unknown_matches: whether UNK in a hypothesis matches UNK in a reference.

    Returns:
        (B, T) float32 in [0, 1]; 0 if there is no word; constant from EOS on.
    """
    matches = matched_ngrams(hypotheses, references, unknown_matches=unknown_matches).sum(dim=-1).cumsum(dim=-1)
    own = ngram_totals(is_word(hypotheses).cumsum(dim=-1)).sum(dim=-1)  # (B, T)
    other = ngram_totals(is_word(references).sum(dim=-1)).sum(dim=-1)  # (B, R)
    most = own.unsqueeze(1).maximum(other.unsqueeze(2)).clamp(min=1)
    return (matches / most).amax(dim=1)
