"""COCO's scores of captions: BLEU-4, CIDEr and ROUGE-L as its evaluation computes them, and sacrebleu's as a check.

All texts are tokenised already (data/ptb.py). COCO's BLEU and sacrebleu's are the same multi-reference corpus BLEU:
both clip an n-gram's matches by the most that one reference has, and take the reference closest in length, the shorter
of two equally close ones. They differ in two ways. COCO adds 1e-15 to matches and 1e-9 to totals, so that a corpus
without a matching 4-gram scores some 1e-2 instead of 0, and up to 3.2 where no caption has four words; here it scores
0. And sacrebleu ignores case, which COCO's scores do not: they agree on lower-cased texts, as `java` and `python` leave
them.
"""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

from erac_vaml.errors import UserError


class CaptionScores(NamedTuple):
    """What captions are worth, and how that was computed. CIDEr is a hundred times its usual value, like the others."""

    bleu: float
    """COCO's BLEU-4, 0 to 100."""
    cider: float
    """0 to 1000; good captions of MSCOCO have about 100. Of one image it is 0: all words are equally common there."""
    rouge_l: float
    """0 to 100."""
    sacrebleu: float
    """sacrebleu's multi-reference BLEU-4, 0 to 100."""
    signature: str
    """Libraries, versions and settings."""


def caption_scores(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> CaptionScores:
    """Return all scores of one caption for each image, given the references of each.

    Raises:
        UserError: there are no hypotheses, not as many as images, or no references to score an image by.
    """
    # Every training run imports this module for its neighbours' sake; what scores captions takes half a second.
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge
    from sacrebleu.metrics import BLEU

    bleu = coco_bleu(hypotheses, references)
    by_image = {n: list(texts) for n, texts in enumerate(references)}, {n: [text] for n, text in enumerate(hypotheses)}
    cider, _ = Cider().compute_score(*by_image)
    rouge_l, _ = Rouge().compute_score(*by_image)
    # sacrebleu wants a stream for the first references of all images, one for the second, …; None where one has fewer.
    most = max(map(len, references))
    streams: list[Any] = [
        [texts[place] if place < len(texts) else None for texts in references] for place in range(most)
    ]
    metric = BLEU(lowercase=True, tokenize="none", smooth_method="none", force=True)
    sacrebleu = metric.corpus_score(list(hypotheses), streams).score
    signature = f"pycocoevalcap {version('pycocoevalcap')}, sacrebleu {metric.get_signature()}"
    return CaptionScores(bleu, 100.0 * float(cider), 100.0 * float(rouge_l), float(sacrebleu), signature)


def coco_bleu(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Return COCO's multi-reference BLEU-4 (0 to 100) of one caption for each image.

    Raises:
        UserError: there are no hypotheses, not as many as images, or no references to score an image by.
    """
    from pycocoevalcap.bleu.bleu_scorer import BleuScorer

    _refuse_unscorable(hypotheses, references)
    scorer = BleuScorer(n=4)
    for hypothesis, texts in zip(hypotheses, references, strict=True):
        scorer += (hypothesis, texts)
    (*_, bleu), _ = scorer.compute_score(option="closest")
    every_order_matches = all(any(counts["correct"][order] for counts in scorer.ctest) for order in range(4))
    return 100.0 * float(bleu) if every_order_matches else 0.0


def coco_results(identifiers: Sequence[int | str], captions: Sequence[str]) -> list[dict[str, Any]]:
    """Return captions in COCO's result format: what its official tools read."""
    return [
        {"image_id": identifier, "caption": caption} for identifier, caption in zip(identifiers, captions, strict=True)
    ]


def _refuse_unscorable(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Check that there is one hypothesis for each image, and something to score it by.

    Raises:
        UserError: there is not.
    """
    if not hypotheses or len(hypotheses) != len(references):
        raise UserError(
            f"{len(hypotheses)} captions for {len(references)} images: give one for each, and one image at least"
        )
    bare = [number for number, texts in enumerate(references, start=1) if not texts]
    if bare:
        raise UserError(f"image {bare[0]} of {len(references)} has no references: give one at least, or leave it out")
    if not any(text.split() for texts in references for text in texts):
        raise UserError(f"no reference of {len(references)} images has a word: give references that have some")
