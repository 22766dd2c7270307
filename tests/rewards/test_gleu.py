"""Prefix GLEU against n-grams counted from scratch, and against NLTK."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.gleu_score import sentence_gleu
from padded import padded

from erac_vaml.data.vocabulary import EOS, UNK
from erac_vaml.rewards import prefix_bleu, prefix_gleu

A, B, C, D = range(EOS + 1, EOS + 5)


def plain_gleu(hypothesis: list[int], references: list[list[int]], unknown_matches: bool) -> float:
    """GLEU of one sentence, words only: the smaller of precision and recall over all n-grams of 1 to 4 words."""
    scores = []
    for reference in references:
        own, other = (
            Counter(tuple(words[i : i + n]) for n in (1, 2, 3, 4) for i in range(len(words) - n + 1))
            for words in (hypothesis, reference)
        )
        common = sum((own & other)[gram] for gram in own if unknown_matches or UNK not in gram)
        sizes = own.total(), other.total()
        scores.append(min(common / size for size in sizes) if all(sizes) else 0.0)
    return max(scores)


sentence = st.lists(st.sampled_from([UNK, A, B, C]), max_size=9)


@settings(max_examples=200, deadline=None)
@given(
    pairs=st.integers(1, 3).flatmap(
        lambda references: st.lists(
            st.tuples(sentence, st.lists(sentence, min_size=references, max_size=references)), min_size=1, max_size=8
        )
    ),
    unknown_matches=st.booleans(),
    finished=st.booleans(),
    extra=st.integers(0, 2),
)
def test_every_prefix_scores_as_counted_from_scratch(pairs, unknown_matches, finished, extra) -> None:
    hypotheses = padded([hypothesis for hypothesis, _ in pairs], finished, extra)
    flat = padded([reference for _, references in pairs for reference in references], extra=extra)
    scores = prefix_gleu(hypotheses, flat.reshape(len(pairs), -1, flat.shape[1]), unknown_matches=unknown_matches)
    expected = [
        [plain_gleu(words[:t], references, unknown_matches) for t in range(1, hypotheses.shape[1] + 1)]
        for words, references in pairs
    ]
    assert scores.dtype == torch.float32
    np.testing.assert_allclose(scores.numpy(), np.array(expected).reshape(scores.shape), atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1), st.lists(st.lists(st.sampled_from("abc"), min_size=1), min_size=1))
def test_the_score_of_a_sentence_is_nltks(hypothesis, references) -> None:
    ids = {"a": A, "b": B, "c": C}
    rows = padded([[ids[word] for word in words] for words in references])
    score = prefix_gleu(padded([[ids[word] for word in hypothesis]]), rows[None], unknown_matches=True)[0, -1]
    assert score.item() == pytest.approx(sentence_gleu(references, hypothesis), abs=1e-6)


def test_recall_counts_where_the_hypothesis_is_short_and_precision_where_it_is_long() -> None:
    # a b has 2 + 1 n-grams, a b c has 3 + 2 + 1; 3 match.
    short, long = padded([[A, B]]), padded([[A, B, C]])
    for hypothesis, reference in ((short, long), (long, short)):
        assert prefix_gleu(hypothesis, reference[None], unknown_matches=True)[0, -1].item() == pytest.approx(3 / 6)


def test_a_prefix_of_the_reference_earns_more_with_each_word_unlike_in_bleu() -> None:
    reference = padded([[A, B, C, D]])
    scores = prefix_gleu(reference, reference[None], unknown_matches=True)
    torch.testing.assert_close(scores, torch.tensor([[1 / 10, 3 / 10, 6 / 10, 1.0, 1.0]]))
    bleu = prefix_bleu(reference, reference[None], smoothing="none", unknown_matches=True)
    assert bleu.tolist() == [[0.0, 0.0, 0.0, 1.0, 1.0]]
