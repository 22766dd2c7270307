"""Corpus chrF of tokenised text (Popović, 2015)."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from sacrebleu.metrics import CHRF

from erac_vaml.errors import UserError


class CorpusChrf(NamedTuple):
    """A corpus score and the settings behind it."""

    score: float
    """chrF2, 0 to 100."""
    signature: str
    """sacrebleu's version and settings."""


def corpus_chrf(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> CorpusChrf:
    """Return the chrF2 of tokenised texts, without case; of several references the best of each sentence counts.

    It is what `sacrebleu --metrics chrf --chrf-lowercase` prints for the same lines. White space does not count, so
    that splitting words off changes nothing; but a tokeniser also rewrites characters (`&apos;`, `@-@`), and `<unk>`
    counts as the five characters that it is. Hence the score cannot be compared with chrF of detokenised, cased text.

    Raises:
        UserError: there are no hypotheses, or not one for each sentence's references.
    """
    if not hypotheses or len(hypotheses) != len(references):
        raise UserError(
            f"{len(hypotheses)} hypotheses, references of {len(references)}: give one for each, and at least one"
        )
    metric = chrf_metric()
    score = metric.corpus_score(list(hypotheses), reference_streams(references)).score
    return CorpusChrf(float(score), str(metric.get_signature()))


def chrf_metric() -> CHRF:
    """Return sacrebleu's chrF2 without case: n-grams of 1 to 6 characters, β = 2."""
    return CHRF(lowercase=True)


def reference_streams(references: Sequence[Sequence[str]]) -> list[Any]:
    """Return references as sacrebleu takes them: the first of all sentences, then the second, …; None fills gaps."""
    return [list(stream) for stream in zip_longest(*references)]
