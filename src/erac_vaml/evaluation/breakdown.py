"""Corpus BLEU by the length of the references, and by their number of unknown words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erac_vaml.data.corpus import split_words
from erac_vaml.data.vocabulary import UNK, Vocabulary
from erac_vaml.evaluation.caption_scores import coco_bleu
from erac_vaml.evaluation.corpus_bleu import corpus_bleu

References = Sequence[Sequence[str]]
"""The tokenised references of each sentence or image, one or more."""


FEWEST_SENTENCES = 50
"""Fewest sentences of a bucket: the corpus BLEU of a few sentences is mostly chance."""
_MOST_LENGTHS = 5


@dataclass(frozen=True)
class Bucket:
    """Sentences of the same kind."""

    label: str
    """For example "11–20"."""
    members: np.ndarray
    """(n,) positions in the test set."""


def by_length(references: References) -> list[Bucket]:
    """Return at most five buckets by the mean number of words of the references, as 1–10, 11–20, 21 or more.

    Their width is chosen so that 95 % of the sentences fit into five. A bucket of fewer than `FEWEST_SENTENCES` is
    joined with a neighbour.
    """
    words = np.array([np.mean([len(split_words(text)) for text in texts]) for texts in references])
    width = max(1, int(np.ceil(np.percentile(words, 95) / _MOST_LENGTHS)))
    numbers = np.minimum(np.maximum(np.ceil(words / width), 1) - 1, _MOST_LENGTHS - 1).astype(int)
    return _buckets(numbers, [width * number + 1 for number in range(_MOST_LENGTHS)])


def by_unknown_words(references: References, vocabulary: Vocabulary) -> list[Bucket]:
    """Return buckets of 0, 1, 2 and 3 or more unknown words, the references' mean rounded; joined as in `by_length`."""
    counts = [np.mean([(vocabulary.ids(split_words(text)) == UNK).sum() for text in texts]) for texts in references]
    return _buckets(np.minimum(np.rint(counts), 3).astype(int), range(4))


def bleu_of_buckets(
    hypotheses: Sequence[str], references: References, buckets: Sequence[Bucket], of_captions: bool
) -> list[float]:
    """Return the corpus BLEU (0 to 100) of each bucket's hypotheses.

    Args:
        hypotheses: one for each sentence or image.
        references: those of each sentence or image.
        buckets: buckets of positions in `hypotheses`.
        of_captions: use COCO's BLEU against all references; otherwise the corpus BLEU against the only one.
    """
    scores = []
    for bucket in buckets:
        own = [hypotheses[place] for place in bucket.members]
        texts = [references[place] for place in bucket.members]
        found = coco_bleu(own, texts) if of_captions else corpus_bleu(own, [first for first, *_ in texts])
        scores.append(found.score)
    return scores


def _buckets(numbers: np.ndarray, firsts: Sequence[int]) -> list[Bucket]:
    """Return buckets of at least `FEWEST_SENTENCES` members, or one of all.

    Args:
        numbers: (n,) place in `firsts` of each sentence.
        firsts: the smallest value of each place, rising; the last place has no largest value.
    """
    groups: list[list[int]] = [[]]
    for place in range(len(firsts)):
        if np.isin(numbers, groups[-1]).sum() >= FEWEST_SENTENCES:
            groups.append([])
        groups[-1].append(place)
    if len(groups) > 1 and np.isin(numbers, groups[-1]).sum() < FEWEST_SENTENCES:
        small = groups.pop()
        groups[-1] += small
    return [Bucket(_label(group, firsts), np.flatnonzero(np.isin(numbers, group))) for group in groups]


def _label(group: Sequence[int], firsts: Sequence[int]) -> str:
    """Return the values of adjacent places, for example "11–20"."""
    first, last = firsts[group[0]], group[-1]
    if last == len(firsts) - 1:
        return f"{first} or more"
    most = firsts[last + 1] - 1
    return f"{first}" if first == most else f"{first}–{most}"
