"""Prefix chrF against sacrebleu's chrF of every prefix's text."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from padded import padded
from sacrebleu.metrics import CHRF

from erac_vaml.data import shapes
from erac_vaml.data.vocabulary import EOS, SPECIAL_TOKENS, UNK
from erac_vaml.rewards import Spelling, prefix_chrf

WORDS = ("a", "b", "ab", "ba", "aab", "abcab", "bcabca", "\u00e9\u00df", "x\u00a0y", ".")
TOKENS = (*SPECIAL_TOKENS, *WORDS)
SPELLING = Spelling.of(TOKENS)
CHRF2 = CHRF()
"""sacrebleu's defaults: 6 characters, no words, β = 2, without white space, no smoothing by ε."""


def text(ids: list[int], unknown: str) -> str:
    return " ".join(unknown if number == UNK else TOKENS[number] for number in ids)


def sentence_chrf(hypothesis: list[int], references: list[list[int]], unknown_matches: bool) -> float:
    """Return sacrebleu's score, 0 to 1; an unknown word is a character that occurs in no other word."""
    wanted = [text(reference, "\ue000" if unknown_matches else "\ue001") for reference in references]
    return CHRF2.sentence_score(text(hypothesis, "\ue000"), wanted).score / 100


sentence = st.lists(st.sampled_from([UNK, *range(EOS + 1, len(TOKENS))]), max_size=9)


@settings(max_examples=200, deadline=None)
@given(
    pairs=st.integers(1, 3).flatmap(
        lambda references: st.lists(
            st.tuples(sentence, st.lists(sentence, min_size=references, max_size=references)), min_size=1, max_size=6
        )
    ),
    unknown_matches=st.booleans(),
    finished=st.booleans(),
    extra=st.integers(0, 2),
    on_cpu=st.booleans(),
)
def test_every_prefix_scores_as_sacrebleu_scores_its_text(pairs, unknown_matches, finished, extra, on_cpu) -> None:
    hypotheses = padded([hypothesis for hypothesis, _ in pairs], finished, extra)
    flat = padded([reference for _, references in pairs for reference in references], extra=extra)
    references = flat.reshape(len(pairs), -1, flat.shape[1])
    assume(hypotheses.numel() > 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shapes, "follow_values", lambda values: on_cpu)
        scores = prefix_chrf(hypotheses, references, spelling=SPELLING, unknown_matches=unknown_matches)
    expected = [
        [sentence_chrf(words[:t], references, unknown_matches) for t in range(1, hypotheses.shape[1] + 1)]
        for words, references in pairs
    ]
    assert scores.dtype == torch.float32
    np.testing.assert_allclose(scores.numpy(), np.array(expected), atol=2e-6)


def test_long_sentences_of_many_words_score_as_sacrebleu_scores_them() -> None:
    rng = np.random.default_rng(1)
    letters = list("etaoinshrdlucmfwypvbgkjqxz-'")
    words = {"".join(rng.choice(letters, rng.integers(1, 15))) for _ in range(500)}
    tokens = (*SPECIAL_TOKENS, *sorted(words))
    hypotheses = torch.from_numpy(rng.integers(EOS + 1, len(tokens), (8, 50)))
    references = hypotheses.where(torch.from_numpy(rng.random((8, 50)) < 0.6), hypotheses.roll(1, 1)).unsqueeze(1)
    scores = prefix_chrf(hypotheses, references, spelling=Spelling.of(tokens), unknown_matches=False)
    said, wanted = (
        [" ".join(tokens[n] for n in row) for row in rows.tolist()] for rows in (hypotheses, references[:, 0])
    )
    expected = [CHRF2.sentence_score(own, [other]).score / 100 for own, other in zip(said, wanted, strict=True)]
    np.testing.assert_allclose(scores[:, -1].numpy(), expected, atol=2e-6)
    assert 0.2 < scores[:, -1].min() < scores[:, -1].max() < 1.0


SCORE = partial(prefix_chrf, spelling=SPELLING)
AB, BA, A, B = (TOKENS.index(word) for word in ("ab", "ba", "a", "b"))


def test_other_words_with_the_same_characters_are_the_same_text() -> None:
    assert SCORE(padded([[AB, BA]]), padded([[A, B, B, A]])[None], unknown_matches=False)[0, -1] == 1.0


def test_the_best_reference_counts() -> None:
    references = padded([[A, A, A], [AB, BA]])[None]
    assert SCORE(padded([[AB, BA]]), references, unknown_matches=False)[0, -1] == 1.0


def test_an_unknown_word_is_one_character_that_matches_on_request() -> None:
    sentence = padded([[A, UNK]])
    assert SCORE(sentence, sentence[None], unknown_matches=True)[0, -1] == 1.0
    # One of two characters matches, and no bigram: P = R = (1/2 + 0) / 2.
    assert SCORE(sentence, sentence[None], unknown_matches=False)[0, -1].item() == pytest.approx(0.25)


def test_a_sequence_without_words_scores_zero() -> None:
    assert SCORE(torch.tensor([[EOS, 0]]), padded([[A, B]])[None], unknown_matches=True).tolist() == [[0.0, 0.0]]
