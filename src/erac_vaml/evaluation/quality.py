"""Scores of the hypotheses of a task: corpus BLEU of translations, COCO's scores of captions."""

from collections.abc import Sequence

from erac_vaml.data.prepared import PreparedDataset
from erac_vaml.evaluation.caption_scores import caption_scores, coco_bleu
from erac_vaml.evaluation.corpus_bleu import corpus_bleu


def valid_bleu(dataset: PreparedDataset, hypotheses: Sequence[str]) -> float:
    """Return the BLEU (0 to 100) of hypotheses for the sentences or images of valid."""
    if dataset.source_vocabulary is None:
        return coco_bleu(hypotheses, dataset.references["valid"])
    return corpus_bleu(hypotheses, [first for first, *_ in dataset.references["valid"]]).score


def length_ratio(dataset: PreparedDataset, hypotheses: Sequence[str]) -> float:
    """Return the words of hypotheses for valid divided by those of the references, of the closest one of an image."""
    references = dataset.references["valid"]
    if dataset.source_vocabulary is not None:
        return corpus_bleu(hypotheses, [first for first, *_ in references]).length_ratio
    lengths = [len(hypothesis.split()) for hypothesis in hypotheses]
    wanted = [
        min((abs(len(text.split()) - length), len(text.split())) for text in texts)[1]
        for length, texts in zip(lengths, references, strict=True)
    ]
    return sum(lengths) / sum(wanted)


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
