"""Prefix BLEU against plain Python that counts every prefix from scratch, and against sacrebleu."""

import math
from collections import Counter

import numpy as np
import pytest
import sacrebleu
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from padded import padded

from erac_vaml.data.vocabulary import BOS, EOS, UNK
from erac_vaml.rewards.bleu import NgramStatistics, bleu, prefix_bleu, prefix_statistics

A, B, C, D, E, F = range(EOS + 1, EOS + 7)


def plain_bleu(hypothesis: list[int], references: list[list[int]], smoothing: str, unknown_matches: bool) -> float:
    """BLEU of one sentence, words only, as in Papineni et al. (2002)."""
    if not hypothesis:
        return 0.0
    score = 0.0
    for n in (1, 2, 3, 4):
        own = Counter(tuple(hypothesis[i : i + n]) for i in range(len(hypothesis) - n + 1))
        best: Counter[tuple[int, ...]] = Counter()
        for reference in references:
            best |= Counter(tuple(reference[i : i + n]) for i in range(len(reference) - n + 1))
        match = sum(min(k, best[gram]) for gram, k in own.items() if unknown_matches or UNK not in gram)
        total = max(len(hypothesis) - n + 1, 0)
        if smoothing == "all" or (smoothing == "higher" and n > 1):
            match, total = match + 1, total + 1
        if match == 0:
            return 0.0
        score += math.log(match / total) / 4
    closest = min((abs(len(r) - len(hypothesis)), len(r)) for r in references)[1]
    return math.exp(score + min(0.0, 1 - closest / len(hypothesis)))


def one(hypothesis: list[int], *references: list[int], smoothing: str = "none", unknown_matches: bool = True) -> float:
    scores = prefix_bleu(
        padded([hypothesis]), padded(list(references))[None], smoothing=smoothing, unknown_matches=unknown_matches
    )
    return scores[0, -1].item()


words = st.sampled_from([UNK, A, B, C])
sentence = st.lists(words, max_size=9)


@settings(max_examples=300, deadline=None)
@given(
    pairs=st.integers(1, 3).flatmap(
        lambda references: st.lists(
            st.tuples(sentence, st.lists(sentence, min_size=references, max_size=references)), min_size=1, max_size=12
        )
    ),
    smoothing=st.sampled_from(["all", "higher", "none"]),
    unknown_matches=st.booleans(),
    finished=st.booleans(),
    extra=st.integers(0, 2),
)
def test_every_prefix_scores_as_counted_from_scratch(pairs, smoothing, unknown_matches, finished, extra) -> None:
    hypotheses = padded([hypothesis for hypothesis, _ in pairs], finished, extra)
    flat = padded([reference for _, references in pairs for reference in references], extra=extra)
    references = flat.reshape(len(pairs), -1, flat.shape[1])
    scores = prefix_bleu(hypotheses, references, smoothing=smoothing, unknown_matches=unknown_matches)
    expected = [
        [
            plain_bleu(hypothesis[: min(t, len(hypothesis))], references, smoothing, unknown_matches)
            for t in range(1, hypotheses.shape[1] + 1)
        ]
        for hypothesis, references in pairs
    ]
    assert scores.dtype == torch.float32
    np.testing.assert_allclose(scores.numpy(), np.array(expected).reshape(scores.shape), atol=2e-6)


def test_a_perfect_sentence_scores_one() -> None:
    assert one([A, B, C, D, E], [A, B, C, D, E]) == pytest.approx(1.0)


def test_precisions_are_clipped_and_combined_as_worked_by_hand() -> None:
    # a b a b c against a b a b d: 4/5 words, 3/4, 2/3, 1/2; equal lengths.
    assert one([A, B, A, B, C], [A, B, A, B, D]) == pytest.approx((4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


def test_a_repeated_word_counts_as_often_as_the_reference_has_it() -> None:
    # a a a a against b a c a: 2 of 4 words match; nothing longer does, and each higher order gets one added.
    assert one([A, A, A, A], [B, A, C, A], smoothing="higher") == pytest.approx((2 / 4 * 1 / 4 * 1 / 3 * 1 / 2) ** 0.25)


def test_counts_clip_at_the_largest_of_the_references_not_at_their_sum() -> None:
    # a a against {a b, a c}: one match of two.
    assert one([A, A], [A, B], [A, C], smoothing="higher") == pytest.approx((1 / 2 * 1 / 2) ** 0.25)


def test_a_short_hypothesis_pays_the_brevity_penalty() -> None:
    assert one([A, B, C, D], [A, B, C, D, E, F]) == pytest.approx(math.exp(1 - 6 / 4))


def test_of_two_equally_close_references_the_shorter_sets_the_brevity_penalty() -> None:
    # 5 words; references of 4 and 6 words: 4 counts, so no penalty.
    both = one([A, B, C, D, E], [A, B, C, D], [A, B, C, D, E, F])
    assert both == pytest.approx(1.0)


def test_a_hypothesis_without_overlap_scores_by_smoothing_alone() -> None:
    # Released-code C1: 20 words without overlap still score 0.051; (1/21 · 1/20 · 1/19 · 1/18)^¼.
    assert one([A] * 20, [B] * 20, smoothing="all") == pytest.approx(0.0514, abs=5e-5)


@pytest.mark.parametrize("smoothing", ["higher", "none"])
def test_a_hypothesis_without_a_common_word_scores_zero(smoothing: str) -> None:
    assert one([A] * 20, [B] * 20, smoothing=smoothing) == 0.0


@pytest.mark.parametrize("smoothing", ["all", "higher", "none"])
def test_an_empty_hypothesis_scores_zero(smoothing: str) -> None:
    assert one([], [A, B], smoothing=smoothing) == 0.0


def test_unknown_words_match_on_request() -> None:
    assert one([A, UNK, B, C], [A, UNK, B, C], unknown_matches=True) == pytest.approx(1.0)


def test_unknown_words_otherwise_match_nothing_and_count_in_both_lengths() -> None:
    # 3 of 4 words, 1 of 3 bigrams (b c), and one added to orders 2 to 4.
    score = one([A, UNK, B, C], [A, UNK, B, C], smoothing="higher", unknown_matches=False)
    assert score == pytest.approx((3 / 4 * 2 / 4 * 1 / 3 * 1 / 2) ** 0.25)


def test_the_score_stays_constant_from_eos_on() -> None:
    scores = prefix_bleu(padded([[A, B]], extra=3), padded([[A, B, C]])[None], smoothing="all", unknown_matches=True)
    assert scores[0, 1:].tolist() == [scores[0, 1].item()] * 5


def test_bos_is_not_a_word() -> None:
    plain = torch.tensor([[A, B, C, EOS]])
    with_start = torch.tensor([[BOS, A, B, C, EOS]])
    statistics = prefix_statistics(with_start, plain[None], unknown_matches=True)
    assert statistics.totals[0, -1].tolist() == [3, 2, 1, 0]
    assert statistics.hypothesis_lengths[0].tolist() == [0, 1, 2, 3, 3]


def test_int32_ids_are_accepted() -> None:
    hypothesis, reference = padded([[A, B, C, D]]), padded([[A, B, C, E]])[None]
    wide = prefix_bleu(hypothesis, reference, smoothing="all", unknown_matches=True)
    narrow = prefix_bleu(hypothesis.int(), reference.int(), smoothing="all", unknown_matches=True)
    assert narrow.tolist() == wide.tolist()


def random_corpus(seed: int, sentences: int, references: int) -> tuple[list[list[int]], list[list[list[int]]]]:
    """Hypotheses that are noisy copies of their first reference, so that all four orders match."""
    rng = np.random.default_rng(seed)
    hypotheses, reference_lists = [], []
    for _ in range(sentences):
        first = rng.integers(A, A + 12, size=rng.integers(1, 15)).tolist()
        hypothesis = [int(rng.integers(A, A + 12)) if rng.random() < 0.25 else word for word in first]
        others = [rng.integers(A, A + 12, size=rng.integers(1, 15)).tolist() for _ in range(references - 1)]
        hypotheses.append(hypothesis[: max(1, len(hypothesis) - int(rng.integers(0, 3)))])
        reference_lists.append([first, *others])
    return hypotheses, reference_lists


def text(ids: list[int]) -> str:
    return " ".join(f"w{number}" for number in ids)


def statistics_of(hypotheses: list[list[int]], reference_lists: list[list[list[int]]]) -> NgramStatistics:
    flat = padded([reference for references in reference_lists for reference in references])
    references = flat.reshape(len(hypotheses), -1, flat.shape[1])
    return prefix_statistics(padded(hypotheses), references, unknown_matches=False)


@pytest.mark.parametrize("references", [1, 3])
@pytest.mark.parametrize("seed", range(5))
def test_summed_statistics_give_sacrebleus_corpus_score(seed: int, references: int) -> None:
    hypotheses, reference_lists = random_corpus(seed, 40, references)
    prefixes = statistics_of(hypotheses, reference_lists)
    corpus = NgramStatistics(
        matches=prefixes.matches[:, -1].sum(dim=0),
        totals=prefixes.totals[:, -1].sum(dim=0),
        hypothesis_lengths=prefixes.hypothesis_lengths[:, -1].sum(dim=0),
        reference_lengths=prefixes.reference_lengths[:, -1].sum(dim=0),
    )
    expected = sacrebleu.corpus_bleu(
        [text(hypothesis) for hypothesis in hypotheses],
        [[text(each[r]) for each in reference_lists] for r in range(references)],
        tokenize="none",
        smooth_method="none",
        force=True,
    )
    assert expected.score > 10
    assert 100 * bleu(corpus, "none").item() == pytest.approx(expected.score, rel=1e-5)


@pytest.mark.parametrize("references", [1, 3])
def test_smoothing_of_higher_orders_is_sacrebleus_add_k(references: int) -> None:
    hypotheses, reference_lists = random_corpus(7, 100, references)
    scores = bleu(statistics_of(hypotheses, reference_lists), "higher")[:, -1]
    expected = [
        sacrebleu.sentence_bleu(
            text(hypothesis),
            [text(reference) for reference in references_],
            tokenize="none",
            smooth_method="add-k",
            smooth_value=1,
            use_effective_order=False,
        ).score
        for hypothesis, references_ in zip(hypotheses, reference_lists, strict=True)
    ]
    np.testing.assert_allclose(100 * scores.numpy(), expected, rtol=1e-4, atol=1e-3)
