"""Scores of the hypotheses of a task: corpus BLEU of translations, COCO's scores of captions, chrF of both."""

from collections.abc import Sequence
from typing import NamedTuple

from erac_vaml.data.prepared import PreparedDataset
from erac_vaml.evaluation.caption_scores import caption_scores, coco_bleu
from erac_vaml.evaluation.corpus_bleu import corpus_bleu
from erac_vaml.evaluation.corpus_chrf import corpus_chrf


class Quality(NamedTuple):
    """BLEU and length of hypotheses."""

    bleu: float
    """0 to 100."""
    length_ratio: float
    """Words of the hypotheses divided by words of the references, of the closest one in length of an image."""


class ScoresOnTest(NamedTuple):
    """Scores of hypotheses for test, and the settings behind them."""

    measures: dict[str, float]
    """By name, as in scores.json."""
    bleu_signature: str | None
    chrf_signature: str | None


def quality(dataset: PreparedDataset, split: str, hypotheses: Sequence[str]) -> Quality:
    """Return BLEU and length of hypotheses for the sentences or images of "valid" or "test"."""
    references = dataset.references[split]
    if dataset.source_vocabulary is not None:
        translated = corpus_bleu(hypotheses, [first for first, *_ in references])
        return Quality(translated.score, translated.length_ratio)
    return Quality(*coco_bleu(hypotheses, references))


def reconstruction_bleu(dataset: PreparedDataset, hypotheses: Sequence[str]) -> float:
    """Return the corpus BLEU (0 to 100) of reconstructions of the first references of valid."""
    return corpus_bleu(hypotheses, [first for first, *_ in dataset.references["valid"]]).score


def scores_on_test(dataset: PreparedDataset, hypotheses: Sequence[str]) -> ScoresOnTest:
    """Return the scores of hypotheses for the sentences or images of test."""
    return scores_against(dataset.references["test"], hypotheses, of_captions=dataset.source_vocabulary is None)


def scores_against(
    references: Sequence[Sequence[str]], hypotheses: Sequence[str], *, of_captions: bool
) -> ScoresOnTest:
    """Return the scores of hypotheses for test.

    Args:
        references: those of each sentence or image.
        hypotheses: one for each sentence or image.
        of_captions: use COCO's scores against all references; otherwise the corpus BLEU against the first one.

    Raises:
        UserError: there are no hypotheses, not one for each sentence or image, or no reference has a word.
    """
    chrf = corpus_chrf(hypotheses, references)
    if not of_captions:
        bleu = corpus_bleu(hypotheses, [first for first, *_ in references])
        measures = {"test_bleu": bleu.score, "test_length_ratio": bleu.length_ratio, "test_chrf": chrf.score}
        return ScoresOnTest(measures, bleu.signature, chrf.signature)
    scores = caption_scores(hypotheses, references)
    measures = {
        "test_bleu": scores.bleu.score,
        "test_length_ratio": scores.bleu.length_ratio,
        "test_chrf": chrf.score,
        "test_sacrebleu": scores.sacrebleu,
        "test_cider": scores.cider,
        "test_rouge_l": scores.rouge_l,
    }
    return ScoresOnTest(measures, scores.signature, chrf.signature)
