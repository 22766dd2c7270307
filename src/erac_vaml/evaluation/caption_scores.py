"""Scores of captions: BLEU-4, CIDEr and ROUGE-L of COCO's evaluation, and sacrebleu's BLEU-4 as a check.

All texts are tokenised already (data/ptb.py). COCO's BLEU and sacrebleu's are the same multi-reference corpus BLEU:
both clip the matches of an n-gram by its largest count in one reference, and use the reference closest in length, the
shorter of two equally close ones. They differ in two ways. First, COCO adds 1e-15 to matches and 1e-9 to totals, so
that a corpus without a matching 4-gram scores about 1e-2, and up to 3.2 if no caption has four words; here it scores 0.
Second, sacrebleu ignores case and COCO does not, so they agree on lower-cased texts, such as those of the tokenisers
`java` and `python`.
"""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

from erac_vaml.errors import UserError
from erac_vaml.evaluation.corpus_bleu import bleu_metric
from erac_vaml.evaluation.corpus_chrf import reference_streams


class CocoBleu(NamedTuple):
    """COCO's BLEU-4 of captions and their length."""

    score: float
    """0 to 100."""
    length_ratio: float
    """Words of the captions divided by words of each image's reference that is closest in length."""


class CaptionScores(NamedTuple):
    """The scores of captions and the settings behind them. All are multiplied by 100, CIDEr too."""

    bleu: CocoBleu
    cider: float
    """0 to 1000; about 100 for good captions of MSCOCO. It is 0 for one image, where all words are equally frequent."""
    rouge_l: float
    """0 to 100."""
    sacrebleu: float
    """sacrebleu's multi-reference BLEU-4, 0 to 100."""
    signature: str
    """Libraries, their versions and settings."""


def caption_scores(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> CaptionScores:
    """Return all scores of hypotheses, one for each image, given the references of each image.

    Raises:
        UserError: there are no hypotheses, not one for each image, or no references of an image.
    """
    # Imported here because the import takes half a second and translation does not need it.
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    bleu = coco_bleu(hypotheses, references)
    by_image = {n: list(texts) for n, texts in enumerate(references)}, {n: [text] for n, text in enumerate(hypotheses)}
    cider, _ = Cider().compute_score(*by_image)
    rouge_l, _ = Rouge().compute_score(*by_image)
    metric = bleu_metric()
    sacrebleu = metric.corpus_score(list(hypotheses), reference_streams(references)).score
    signature = f"pycocoevalcap {version('pycocoevalcap')}, sacrebleu {metric.get_signature()}"
    return CaptionScores(bleu, 100.0 * float(cider), 100.0 * float(rouge_l), float(sacrebleu), signature)


def coco_bleu(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> CocoBleu:
    """Return COCO's multi-reference BLEU-4 of hypotheses, one for each image.

    Raises:
        UserError: there are no hypotheses, not one for each image, or no references of an image.
    """
    from pycocoevalcap.bleu.bleu_scorer import BleuScorer

    _refuse_unscorable(hypotheses, references)
    scorer = BleuScorer(n=4)
    for hypothesis, texts in zip(hypotheses, references, strict=True):
        scorer += (hypothesis, texts)
    (*_, bleu), _ = scorer.compute_score(option="closest")
    every_order_matches = all(any(counts["correct"][order] for counts in scorer.ctest) for order in range(4))
    return CocoBleu(100.0 * float(bleu) if every_order_matches else 0.0, scorer.testlen() / scorer.reflen())


def coco_results(identifiers: Sequence[int | str], captions: Sequence[str]) -> list[dict[str, Any]]:
    """Return captions in COCO's result format, which its official tools read."""
    return [
        {"image_id": identifier, "caption": caption} for identifier, caption in zip(identifiers, captions, strict=True)
    ]


def _refuse_unscorable(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Check that each image has a hypothesis and references, and that a reference has a word.

    Raises:
        UserError: one of these conditions does not hold.
    """
    if not hypotheses or len(hypotheses) != len(references):
        raise UserError(
            f"{len(hypotheses)} captions for {len(references)} images: give one for each, and at least one image"
        )
    bare = [number for number, texts in enumerate(references, start=1) if not texts]
    if bare:
        raise UserError(f"image {bare[0]} of {len(references)} has no references: give at least one, or remove it")
    if not any(text.split() for texts in references for text in texts):
        raise UserError(f"no reference of {len(references)} images has a word: give references that have some")
