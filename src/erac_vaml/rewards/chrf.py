"""chrF (Popović, 2015) of every prefix of every hypothesis: character n-grams, from ids of words, in one pass."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from erac_vaml.rewards.spelling import UNKNOWN, Spelling, Texts

_ORDERS = 6
"""Length of the longest n-gram of characters."""
_BETA = 2.0
"""Weight of recall against precision."""


def prefix_chrf(hypotheses: Tensor, references: Tensor, *, spelling: Spelling, unknown_matches: bool) -> Tensor:
    """Return the chrF2 of every prefix y_1..y_t against the full references, as sacrebleu scores a sentence.

    chrF = (1 + β²) P R / (β² P + R) with β = 2. P is the share of the hypothesis' n-grams of characters that match, R
    the share of the reference's that are matched, each the mean over the orders 1 to 6 of which both texts have
    n-grams. White space does not count; matches are clipped; of several references the best one counts. PAD, BOS and
    EOS have no characters. An unknown word is one character, which no known word has.

    Args:
        hypotheses: (B, T) words EOS PAD.
        references: (B, R, L) words EOS PAD; R references for each hypothesis.
        spelling: the characters of each word, on the device of the hypotheses.
        unknown_matches: whether UNK in a hypothesis matches UNK in a reference.

    Returns:
        (B, T) float32 in [0, 1]; 0 without characters; constant from EOS on.
    """
    several = references.shape[1]
    own, other = spelling.spell(hypotheses), spelling.spell(references.flatten(0, 1))
    own = Texts(*(array.repeat_interleave(several, dim=0) for array in own))
    if not unknown_matches:
        other = other._replace(characters=other.characters.masked_fill(other.characters == UNKNOWN, spelling.alphabet))
    ngrams = torch.arange(_ORDERS, device=hypotheses.device)
    matched = pad(_matched_ngrams(own, other, spelling.alphabet + 1).cumsum(dim=1), (0, 0, 1, 0))
    matches = matched.gather(1, own.ends.unsqueeze(2).expand(-1, -1, _ORDERS))  # (B·R, T, 6)
    own_totals = (own.ends.unsqueeze(2) - ngrams).clamp(min=0)
    other_totals = (other.ends[:, -1:, None] - ngrams).clamp(min=0)
    orders = ((own_totals > 0) & (other_totals > 0)).sum(dim=2).clamp(min=1)
    precision = (matches / own_totals.clamp(min=1)).sum(dim=2) / orders
    recall = (matches / other_totals.clamp(min=1)).sum(dim=2) / orders
    weighted = (_BETA**2 * precision + recall).clamp(min=1e-9)  # Without matches the score is 0 / 1e-9.
    scores: Tensor = (1 + _BETA**2) * precision * recall / weighted
    best: Tensor = scores.unflatten(0, (-1, several)).amax(dim=1)
    return best


def _matched_ngrams(own: Texts, other: Texts, alphabet: int) -> Tensor:
    """Return whether the n-gram that ends at each character of `own` is a match with `other`, (N, C, 6) bool.

    As for words, the k-th occurrence is a match if the other text has the n-gram at least k times. N-grams are counted
    by sorting those of both texts: equal ones form a group, in which the own ones come first, in their order. An n-gram
    is the (n − 1)-gram before it, known by its group, and a character, so that numbers stay small and exact.

    Args:
        own: N texts of at most C characters.
        other: N texts.
        alphabet: all characters are below it.
    """
    width = own.characters.shape[1]
    characters = torch.cat([own.characters, other.characters], dim=1)
    places = torch.arange(characters.shape[1], device=characters.device)
    in_text = torch.where(places < width, places, places - width)
    lengths = torch.where(places < width, own.ends[:, -1:], other.ends[:, -1:])
    shorter = torch.zeros_like(characters)
    matched = []
    for order in range(_ORDERS):
        whole = (in_text >= order) & (in_text < lengths)
        ngrams = (pad(shorter[:, :-1], (1, 0)) * alphabet + characters).masked_fill(~whole, -1)
        ranked, ranking = ngrams.sort(dim=1, stable=True)
        starts = pad(ranked[:, 1:] != ranked[:, :-1], (1, 0))
        group = starts.cumsum(dim=1)
        first = (starts * places).cummax(dim=1).values
        of_other = ranking >= width
        available = torch.zeros_like(group).scatter_add_(1, group, of_other.long()).gather(1, group)
        taken = places - first < available  # The k-th own one is at place first + k − 1.
        matched.append(torch.zeros_like(whole).scatter_(1, ranking, taken)[:, :width] & whole[:, :width])
        shorter = torch.zeros_like(group).scatter_(1, ranking, group)
    return torch.stack(matched, dim=2)
