"""Scores of the hypotheses of a task: corpus BLEU of translations, COCO's scores of captions."""

from collections.abc import Sequence
from typing import NamedTuple

from erac_vaml.data.prepared import PreparedDataset
from erac_vaml.evaluation.caption_scores import caption_scores, coco_bleu
from erac_vaml.evaluation.corpus_bleu import corpus_bleu


class ValidScore(NamedTuple):
    """BLEU and length of hypotheses for valid."""

    bleu: float
    """0 to 100."""
    length_ratio: float
    """Words of the hypotheses divided by words of the references, of the closest one in length of an image."""


def score_on_valid(dataset: PreparedDataset, hypotheses: Sequence[str]) -> ValidScore:
    """Return the score of hypotheses for the sentences or images of valid."""
    references = dataset.references["valid"]
    if dataset.source_vocabulary is not None:
        found = corpus_bleu(hypotheses, [first for first, *_ in references])
        return ValidScore(found.score, found.length_ratio)
    lengths = [len(hypothesis.split()) for hypothesis in hypotheses]
    closest = [
        min((abs(len(text.split()) - length), len(text.split())) for text in texts)[1]
        for length, texts in zip(lengths, references, strict=True)
    ]
    return ValidScore(coco_bleu(hypotheses, references), sum(lengths) / sum(closest))


def reconstruction_bleu(dataset: PreparedDataset, hypotheses: Sequence[str]) -> float:
    """Return the corpus BLEU (0 to 100) of reconstructions of the first references of valid."""
    return corpus_bleu(hypotheses, [first for first, *_ in dataset.references["valid"]]).score


def scores_on_test(dataset: PreparedDataset, hypotheses: Sequence[str]) -> tuple[dict[str, float], str]:
    """Return the scores of hypotheses for the sentences or images of test, by name, and the signature of BLEU."""
    references = dataset.references["test"]
    if dataset.source_vocabulary is not None:
        bleu = corpus_bleu(hypotheses, [first for first, *_ in references])
        return {"test_bleu": bleu.score}, bleu.signature
    scores = caption_scores(hypotheses, references)
    measures = {
        "test_bleu": scores.bleu,
        "test_sacrebleu": scores.sacrebleu,
        "test_cider": scores.cider,
        "test_rouge_l": scores.rouge_l,
    }
    return measures, scores.signature
