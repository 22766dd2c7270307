from collections import Counter

import numpy as np
import pytest

from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data import mini_lexicon as lexicon
from erac_vaml.data.mini import LONGEST, Grammar, mini_pairs, with_fault
from erac_vaml.randomness import numpy_generator

SETTINGS = MiniDataset(train_pairs=1_500, valid_pairs=150, test_pairs=150)


@pytest.fixture(scope="module")
def splits():
    return mini_pairs(SETTINGS)


@pytest.fixture(scope="module")
def sentences():
    grammar = Grammar(numpy_generator(7, "test"))
    return [grammar.sentence() for _ in range(3_000)]


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
    assert (lengths.mean(axis=0) < 11).all()


def test_the_target_vocabulary_is_small_and_has_rare_words(splits):
    counts = Counter(word for _, target in splits["train"] for word in target)
    frequent = {word for word, count in counts.items() if count >= SETTINGS.min_count}
    assert 150 <= len(frequent) <= 300
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


def test_verbs_agree_with_their_subjects(sentences):
    auxiliary = {"hat": "has", "haben": "have"}
    for sentence in sentences:
        used = [auxiliary[word] for word in sentence.source if word in auxiliary]
        # "has to" translates a modal verb.
        said = [
            word
            for word, following in zip(sentence.target, sentence.target[1:], strict=False)
            if word in auxiliary.values() and following != "to"
        ]
        assert used == said


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


def test_a_pronoun_agrees_with_whom_it_names(sentences):
    pronouns = {(s.source[p], word) for s in sentences for p, word in _pronouns(s)}
    assert pronouns == {("er", "he"), ("sie", "she"), ("es", "it"), ("sie", "they"), ("er", "it"), ("sie", "it")}


def _pronouns(sentence):
    """Yield the position of the German pronoun, if there is one, and the English pronoun of the same sentence."""
    german = [place for place, word in enumerate(sentence.source) if word in ("er", "sie", "es")]
    english = [word for word in sentence.target if word in ("he", "she", "it", "they")]
    return zip(german, english, strict=True)


def test_each_kind_of_fault_occurs_and_the_end_stays():
    words = ["the", "dog", "sees", "a", "cat", "."]
    generator = numpy_generator(1, "faults")
    faulty = [with_fault(words, ["X"], generator) for _ in range(300)]
    assert all(sentence[-2:] == ["cat", "."] or sentence[-3:] == ["cat", "a", "."] for sentence in faulty)
    lengths = Counter(map(len, faulty))
    assert set(lengths) == {5, 6, 7}
    assert {("X" in sentence) for sentence in faulty if len(sentence) == 6} == {True, False}
