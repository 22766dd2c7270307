"""COCO's scores against pycocoevalcap's own evaluation, sacrebleu, a count in loops, and the prefix BLEU."""

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from pycocoevalcap.eval import COCOEvalCap
from pycocotools.coco import COCO

from erac_vaml.data.vocabulary import EOS, PAD
from erac_vaml.errors import UserError
from erac_vaml.evaluation.caption_scores import caption_scores, coco_bleu, coco_results
from erac_vaml.rewards.bleu import NgramStatistics, bleu, prefix_statistics

WORDS = ["a", "red", "dog", "runs", "on", "grass", "the", "and"]


def random_corpus(images: int, seed: int, fewest: int = 1) -> tuple[list[str], list[list[str]]]:
    """Return hypotheses and one to five references of each image; few words make matches and equal lengths common."""
    random = np.random.default_rng(seed)

    def text() -> str:
        return " ".join(random.choice(WORDS[:5], size=random.integers(4, 9)))

    return [text() for _ in range(images)], [[text() for _ in range(random.integers(fewest, 6))] for _ in range(images)]


def counted_bleu(hypotheses: list[str], references: list[list[str]]) -> float:
    """Return the multi-reference corpus BLEU-4, computed in loops (Papineni et al., 2002)."""
    matches, totals, length, closest = [0] * 4, [0] * 4, 0, 0
    for hypothesis, texts in zip(hypotheses, references, strict=True):
        words = hypothesis.split()
        length += len(words)
        closest += min((abs(len(text.split()) - len(words)), len(text.split())) for text in texts)[1]
        for order in range(1, 5):
            own = Counter(tuple(words[i : i + order]) for i in range(len(words) - order + 1))
            most: Counter = Counter()
            for text in texts:
                other = text.split()
                most |= Counter(tuple(other[i : i + order]) for i in range(len(other) - order + 1))
            matches[order - 1] += sum((own & most).values())
            totals[order - 1] += sum(own.values())
    if min(matches) == 0:
        return 0.0
    precision = math.exp(sum(math.log(m / t) for m, t in zip(matches, totals, strict=True)) / 4)
    return 100 * precision * min(1.0, math.exp(1 - closest / length))


@pytest.mark.parametrize("seed", range(4))
def test_bleu_is_counted_right(seed: int) -> None:
    hypotheses, references = random_corpus(30, seed)
    assert coco_bleu(hypotheses, references).score == pytest.approx(counted_bleu(hypotheses, references), abs=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_sacrebleu_agrees(seed: int) -> None:
    hypotheses, references = random_corpus(30, seed)
    scores = caption_scores(hypotheses, references)
    assert scores.bleu.score == pytest.approx(scores.sacrebleu, abs=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_the_rewards_bleu_summed_over_images_is_the_corpus_bleu(seed: int) -> None:
    """Prefix BLEU with five references: the sum of the statistics in its last column."""
    hypotheses, references = random_corpus(30, seed, fewest=5)

    def ids(texts: list[str]) -> torch.Tensor:
        rows = [[4 + WORDS.index(word) for word in text.split()] + [EOS] for text in texts]
        return torch.tensor([row + [PAD] * (10 - len(row)) for row in rows])

    several = torch.stack([ids(texts) for texts in references])
    of_prefixes = prefix_statistics(ids(hypotheses), several, unknown_matches=True)
    whole = NgramStatistics(
        of_prefixes.matches[:, -1].sum(0),
        of_prefixes.totals[:, -1].sum(0),
        of_prefixes.hypothesis_lengths[:, -1].sum(0),
        of_prefixes.reference_lengths[:, -1].sum(0),
    )
    assert 100 * bleu(whole, "none").item() == pytest.approx(coco_bleu(hypotheses, references).score, abs=1e-4)


@pytest.mark.slow
def test_scores_are_those_of_cocos_own_evaluation_of_the_same_files(tmp_path: Path, monkeypatch, capsys) -> None:
    """COCOEvalCap on an annotation file and a result file, without its tokeniser: the captions are plain words."""
    hypotheses, references = random_corpus(25, 5)
    images = [{"id": 100 + number} for number in range(25)]
    annotations = [
        {"id": 10 * number + place, "image_id": 100 + number, "caption": text}
        for number, texts in enumerate(references)
        for place, text in enumerate(texts)
    ]
    (tmp_path / "captions.json").write_text(
        json.dumps({"images": images, "annotations": annotations, "info": {}, "licenses": [], "type": "captions"})
    )
    results = coco_results([image["id"] for image in images], hypotheses)
    (tmp_path / "results.json").write_text(json.dumps(results))
    coco = COCO(str(tmp_path / "captions.json"))
    evaluation = COCOEvalCap(coco, coco.loadRes(str(tmp_path / "results.json")))
    from pycocoevalcap import eval as evaluations

    class Blanks:
        def tokenize(self, captions: dict) -> dict:
            return {image: [item["caption"] for item in items] for image, items in captions.items()}

    class Silent:
        def compute_score(self, *_: object) -> tuple[float, list[float]]:
            return 0.0, [0.0] * 25

        def method(self) -> str:
            return "silent"

    monkeypatch.setattr(evaluations, "PTBTokenizer", Blanks)
    monkeypatch.setattr(evaluations, "Meteor", Silent)  # these two start Java programs
    monkeypatch.setattr(evaluations, "Spice", Silent)
    evaluation.evaluate()
    scores = caption_scores(hypotheses, references)
    assert scores.bleu.score == pytest.approx(100 * evaluation.eval["Bleu_4"], abs=1e-6)
    assert scores.cider == pytest.approx(100 * evaluation.eval["CIDEr"], abs=1e-6)
    assert scores.rouge_l == pytest.approx(100 * evaluation.eval["ROUGE_L"], abs=1e-6)


def test_perfect_captions_score_full_marks() -> None:
    texts = ["a red dog runs on grass", "the red dog and the grass runs"]
    scores = caption_scores(texts, [[text, "a dog runs"] for text in texts])
    assert scores.bleu.score == pytest.approx(100.0)
    assert scores.sacrebleu == pytest.approx(100.0)
    assert scores.rouge_l == pytest.approx(100.0)


@pytest.mark.parametrize("hypothesis", ["", "a dog", "dog runs a on"])
def test_no_matching_4_gram_scores_nothing(hypothesis: str) -> None:
    scores = caption_scores([hypothesis], [["a red dog runs", "grass"]])
    assert (scores.bleu.score, scores.sacrebleu) == (0.0, 0.0)
    assert math.isfinite(scores.cider)


def test_captions_too_short_for_a_4_gram_score_nothing() -> None:
    """pycocoevalcap alone gives 100 · (1e-15 / 1e-9)^(1/4) = 3.16."""
    assert coco_bleu(["a dog runs"], [["a dog runs"]]).score == 0.0


def test_a_small_score_is_kept() -> None:
    """All precisions are 1; 4 words against 36 have a brevity penalty of exp(1 - 9)."""
    reference = " ".join(["the red dog runs", *["on grass"] * 16])
    assert coco_bleu(["the red dog runs"], [[reference]]).score == pytest.approx(100 * math.exp(-8), rel=1e-6)


def test_cider_of_one_image_is_nothing() -> None:
    assert caption_scores(["a red dog runs"], [["a red dog runs"]]).cider == 0.0


def test_an_unknown_word_matches_no_raw_word() -> None:
    texts = ["a <unk> dog runs on grass"]
    assert coco_bleu(texts, [["a &lt;unk&gt; dog runs on grass"]]).score < 100.0


def test_the_signature_names_libraries_and_settings() -> None:
    signature = caption_scores(["a b c d"], [["a b c d"]]).signature
    assert "pycocoevalcap 1." in signature
    assert "smooth:none" in signature


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    caption_scores(["a b c d"], [["a b c d"]])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("references", "message"),
    [([["a"], []], "image 2 of 2 has no references"), ([[""], [" "]], "no reference of 2 images has a word")],
)
def test_an_image_needs_something_to_be_scored_by(references: list[list[str]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        caption_scores(["a", "b"], references)


@pytest.mark.parametrize("hypotheses", [[], ["a", "b"]])
def test_as_many_captions_as_images_are_asked_for(hypotheses: list[str]) -> None:
    with pytest.raises(UserError, match="captions for 1 images: give one for each"):
        coco_bleu(hypotheses, [["a"]])
