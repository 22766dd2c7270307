"""Corpus BLEU by the length of the references, and by their number of unknown words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erac_vaml.data.vocabulary import UNK, Vocabulary
from erac_vaml.evaluation.caption_scores import coco_bleu
from erac_vaml.evaluation.corpus_bleu import corpus_bleu

References = Sequence[Sequence[str]]
"""The tokenised references of each sentence or image, one or more."""


@dataclass(frozen=True)
class Bucket:
    """Sentences of the same kind."""

    label: str
    """For example "11–20"."""
    members: np.ndarray
    """(n,) positions in the test set."""


def by_length(references: References, most: int = 5) -> list[Bucket]:
    """Return at most `most` buckets by the mean number of words of the references: 1–10, 11–20, …; the last is open.

    Their width is chosen so that 95 % of the sentences fit into `most` buckets.
    """
    words = np.array([np.mean([len(text.split()) for text in texts]) for texts in references])
    width = max(1, int(np.ceil(np.percentile(words, 95) / most)))
    numbers = np.minimum(np.maximum(np.ceil(words / width), 1) - 1, most - 1).astype(int)
    spans = [(width * number + 1, width * (number + 1)) for number in range(most - 1)]
    labels = [f"{first}–{last}" if width > 1 else f"{first}" for first, last in spans]
    return _buckets(numbers, [*labels, f"{width * (most - 1) + 1}–"])


def by_unknown_words(references: References, vocabulary: Vocabulary, most: int = 3) -> list[Bucket]:
    """Return buckets by the number of unknown words, averaged over the references and rounded."""
    counts = [np.mean([(vocabulary.ids(text.split()) == UNK).sum() for text in texts]) for texts in references]
    numbers = np.minimum(np.rint(counts), most).astype(int)
    return _buckets(numbers, [*(str(number) for number in range(most)), f"{most} or more"])


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
        scores.append(coco_bleu(own, texts) if of_captions else corpus_bleu(own, [first for first, *_ in texts]).score)
    return scores


def _buckets(numbers: np.ndarray, labels: Sequence[str]) -> list[Bucket]:
    """Return the buckets that are not empty."""
    found = [Bucket(label, np.flatnonzero(numbers == number)) for number, label in enumerate(labels)]
    return [bucket for bucket in found if len(bucket.members)]
