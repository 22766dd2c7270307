"""COCO's scores of captions: BLEU-4, CIDEr and ROUGE-L as its evaluation computes them, and sacrebleu's as a check.

All texts are tokenised already (data/ptb.py). COCO's BLEU and sacrebleu's are the same multi-reference corpus BLEU:
both clip an n-gram's matches by the most that one reference has, and take the reference closest in length, the shorter
of two equally close ones. COCO adds 1e-15 to matches and 1e-9 to totals, so that a corpus without a matching 4-gram
scores some 1e-2 instead of 0; here it scores 0.
"""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

from erac_vaml.errors import UserError

_NOTHING = 0.1
"""COCO's BLEU (0 to 100) of a corpus without a matching n-gram of some order is below it: a matter of its constants."""


class CaptionScores(NamedTuple):
    """What captions are worth, and how that was computed. CIDEr is a hundred times its usual value, like the others."""

    bleu: float
    """COCO's BLEU-4, 0 to 100."""
    cider: float
    """0 to 1000; good captions of MSCOCO have about 100."""
    rouge_l: float
    """0 to 100."""
    sacrebleu: float
    """sacrebleu's multi-reference BLEU-4, 0 to 100."""
    signature: str
    """Libraries, versions and settings."""


def caption_scores(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> CaptionScores:
    """Return all scores of one caption for each image, given the references of each.

    Raises:
        UserError: there are no hypotheses, or not as many as images.
    """
    # Every training run imports this module for its neighbours' sake; what scores captions takes half a second.
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge
    from sacrebleu.metrics import BLEU

    bleu, by_image = coco_bleu(hypotheses, references), _by_image(hypotheses, references)
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
        UserError: there are no hypotheses, or not as many as images.
    """
    from pycocoevalcap.bleu.bleu import Bleu

    (*_, bleu), _ = Bleu(4).compute_score(*_by_image(hypotheses, references), verbose=0)
    return 100.0 * float(bleu) if 100.0 * bleu > _NOTHING else 0.0


def coco_results(identifiers: Sequence[int | str], captions: Sequence[str]) -> list[dict[str, Any]]:
    """Return captions in COCO's result format: what its official tools read."""
    return [
        {"image_id": identifier, "caption": caption} for identifier, caption in zip(identifiers, captions, strict=True)
    ]


def _by_image(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Return references and hypotheses as pycocoevalcap wants them: lists by image."""
    if not hypotheses or len(hypotheses) != len(references):
        raise UserError(
            f"{len(hypotheses)} captions for {len(references)} images: give one for each, and one image at least"
        )
    return {n: list(texts) for n, texts in enumerate(references)}, {n: [text] for n, text in enumerate(hypotheses)}
