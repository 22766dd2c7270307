"""Corpus BLEU of tokenised text (§6.1; released-code C6)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sacrebleu.metrics import BLEU

from erac_vaml.errors import UserError


class CorpusBleu(NamedTuple):
    """A corpus score and the settings behind it."""

    score: float
    """BLEU, 0 to 100."""
    signature: str
    """sacrebleu's version and settings."""
    length_ratio: float
    """Words of the hypotheses divided by words of the references."""


def corpus_bleu(hypotheses: Sequence[str], references: Sequence[str]) -> CorpusBleu:
    """Return the 4-gram corpus BLEU of tokenised texts with one reference each, without case and smoothing.

    Words are separated by white space; sacrebleu does not tokenise. References have the raw words, so that `<unk>` in
    a hypothesis never matches (released-code C5). A corpus without a matching 4-gram scores 0, also where the released
    code divides zero by zero (E7).

    Raises:
        UserError: there are no hypotheses, not one for each reference, or no reference has a word.
    """
    if not hypotheses or len(hypotheses) != len(references):
        raise UserError(
            f"{len(hypotheses)} hypotheses, {len(references)} references: give one for each, and at least one"
        )
    if not any(text.split() for text in references):
        raise UserError(f"no reference of {len(references)} has a word: give references that have some")
    metric = _counted(tuple(references))
    found = metric.corpus_score(list(hypotheses), None)
    return CorpusBleu(float(found.score), str(metric.get_signature()), found.sys_len / found.ref_len)


@lru_cache(maxsize=2)  # Validation scores against the same references after each epoch.
def _counted(references: tuple[str, ...]) -> BLEU:
    return bleu_metric([references])


def bleu_metric(references: Sequence[Sequence[str]] | None = None) -> BLEU:
    """Return sacrebleu's 4-gram BLEU of tokenised texts, without case and smoothing.

    Args:
        references: as `reference_streams` gives them, to count their n-grams once; None: each call has its own.
    """
    return BLEU(lowercase=True, tokenize="none", smooth_method="none", force=True, references=references)
