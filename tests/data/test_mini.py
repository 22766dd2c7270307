from collections import Counter, namedtuple

import numpy as np
import pytest

from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data import mini
from erac_vaml.data import mini_lexicon as lexicon
from erac_vaml.data.mini import LONGEST, Grammar, mini_pairs, with_fault
from erac_vaml.data.mini_wording import draw, most_probable
from erac_vaml.randomness import numpy_generator

Sentence = namedtuple("Sentence", "source target")
_GRAMMAR = Grammar(numpy_generator(7, "test"))
MEANINGS = [_GRAMMAR.sentence() for _ in range(3_000)]
SETTINGS = MiniDataset(train_pairs=1_500, valid_pairs=150, test_pairs=150)


@pytest.fixture(scope="module")
def splits():
    return mini_pairs(SETTINGS)


@pytest.fixture(scope="module")
def sentences():
    return [
        Sentence(meaning.source, draw(meaning.target, numpy_generator(7, "test", n)))
        for n, meaning in enumerate(MEANINGS)
    ]


def test_splits_have_the_sizes_asked_for(splits):
    assert {name: len(pairs) for name, pairs in splits.items()} == {"train": 1_500, "valid": 150, "test": 150}


def test_no_source_sentence_occurs_twice(splits):
    sources = [tuple(source) for pairs in splits.values() for source, _ in pairs]
    assert len(set(sources)) == len(sources)


def test_the_seed_alone_decides(splits):
    assert mini_pairs(SETTINGS) == splits
    assert mini_pairs(SETTINGS.model_copy(update={"seed": 2}))["test"] != splits["test"]


def test_noise_changes_training_references_only_and_at_its_rate(splits):
    clean = mini_pairs(SETTINGS.model_copy(update={"noise": 0.0}))
    assert (clean["valid"], clean["test"]) == (splits["valid"], splits["test"])
    changed = [a != b for a, b in zip(clean["train"], splits["train"], strict=True)]
    assert abs(np.mean(changed) - SETTINGS.noise) < 0.03
    assert [source for source, _ in clean["train"]] == [source for source, _ in splits["train"]]


def test_lengths_are_those_of_a_small_task(splits):
    lengths = np.array([[len(source), len(target)] for source, target in splits["test"]])
    assert lengths.min() >= 4
    assert lengths.max() <= LONGEST
    assert (lengths.mean(axis=0) > 7).all()
    assert (lengths.mean(axis=0) < 14).all()


def test_the_target_vocabulary_is_small_and_has_rare_words(splits):
    counts = Counter(word for _, target in splits["train"] for word in target)
    frequent = {word for word, count in counts.items() if count >= SETTINGS.min_count}
    assert 150 <= len(frequent) <= 400
    unknown = np.mean([word not in frequent for _, target in splits["test"] for word in target])
    assert 0.002 < unknown < 0.05


def test_a_subordinate_clause_has_its_finite_verb_last(sentences):
    finite = {row[number] for row in lexicon.VERBS + lexicon.MODALS for number in (0, 1)} | {"hat", "haben"}
    finite |= {row[3] + row[number] for row in lexicon.VERBS for number in (0, 1) if row[3] != "-"}
    subordinate = [sentence.source for sentence in sentences if "," in sentence.source]
    assert len(subordinate) > 100
    assert all(source[-2] in finite for source in subordinate)


def test_a_separable_verb_is_apart_in_a_main_clause_and_whole_in_a_subordinate_one():
    grammar, seen = Grammar(numpy_generator(3, "test")), set()
    for _ in range(500):
        verb = grammar._verb(plural=False)
        if verb.finite == "ruft":
            seen.add((tuple(verb.rest), tuple(verb.final)))
    assert seen == {(("an",), ("anruft",))}


@pytest.mark.parametrize(("german", "english"), [("der", {"the"}), ("einen", {"a", "an"}), ("dem", {"the"})])
def test_a_singular_article_has_its_translation(sentences, german, english):
    found = [sentence.target for sentence in sentences if german in sentence.source]
    assert found
    assert all(english & set(target) for target in found)


def test_the_auxiliary_of_the_perfect_agrees_with_its_subject():
    auxiliary = {"hat": "has", "haben": "have"}
    perfect = 0
    for meaning in MEANINGS:
        used = [auxiliary[word] for word in meaning.source if word in auxiliary]
        assert used == [word for word in _words_without_choice(meaning) if word in auxiliary.values()]
        perfect += len(used)
    assert perfect > 500


def test_indefinite_articles_agree_with_the_next_sound(sentences):
    following = {
        (article, word[0] in "aeiou")
        for sentence in sentences
        for article, word in zip(sentence.target, sentence.target[1:], strict=False)
        if article in ("a", "an")
    }
    assert following == {("a", False), ("an", True)}


def test_a_synonym_stands_for_the_usual_word_one_time_in_ten(sentences):
    counts = Counter(word for sentence in sentences for word in sentence.target)
    assert 0.07 < counts["guy"] / (counts["man"] + counts["guy"]) < 0.13


def test_a_pronoun_agrees_with_whom_it_names():
    pronouns = set()
    for meaning in MEANINGS:
        german = [word for word in meaning.source if word in ("er", "sie", "es")]
        english = [word for word in _words_without_choice(meaning) if word in ("he", "she", "it", "they")]
        pronouns |= set(zip(german, english, strict=True))
    assert pronouns == {("er", "he"), ("sie", "she"), ("es", "it"), ("sie", "they"), ("er", "it"), ("sie", "it")}


def _words_without_choice(meaning):
    """Return the words of the phrases that have one wording only."""
    return [word for choice in meaning.target if len(choice.wordings) == 1 for word in choice.wordings[0]]


def test_the_most_probable_wording_is_much_shorter_than_the_references(sentences):
    usual = sum(len(most_probable(meaning.target)) for meaning in MEANINGS)
    assert usual < 0.85 * sum(len(sentence.target) for sentence in sentences)


def test_the_wording_has_a_random_stream_of_its_own(splits, monkeypatch):
    monkeypatch.setattr(mini, "draw", lambda sentence, generator: most_probable(sentence))
    other = mini_pairs(SETTINGS)
    assert [source for source, _ in other["test"]] == [source for source, _ in splits["test"]]
    assert [target for _, target in other["test"]] != [target for _, target in splits["test"]]


def test_each_kind_of_fault_occurs_and_the_end_stays():
    words = ["the", "dog", "sees", "a", "cat", "."]
    generator = numpy_generator(1, "faults")
    faulty = [with_fault(words, ["X"], generator) for _ in range(300)]
    assert all(sentence[-2:] == ["cat", "."] or sentence[-3:] == ["cat", "a", "."] for sentence in faulty)
    lengths = Counter(map(len, faulty))
    assert set(lengths) == {5, 6, 7}
    assert {("X" in sentence) for sentence in faulty if len(sentence) == 6} == {True, False}
