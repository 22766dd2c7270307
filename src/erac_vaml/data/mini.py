"""The mini translation task: a seeded synchronous grammar of a little German and its English.

It has properties of a real task: verb parts at the end of the clause; articles, adjectives, pronouns and verbs that
agree; errors in the training references; names too rare for the vocabulary. A meaning has many wordings in English,
and the most probable one is not the one that agrees best with the others: it is too short, as the most probable
translation of real text is, and the other wordings of a verb share words that it does not have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data import mini_lexicon as lexicon
from erac_vaml.data.corpus import Pairs, Words
from erac_vaml.data.mini_wording import Choice, Wordings, draw, longest, only
from erac_vaml.randomness import numpy_generator

LONGEST = 24
"""Most words of a sentence, on either side, in any wording."""

USUAL = 0.6
"""Probability of the first wording of a phrase; the others have equal shares of the rest."""

PARTICLE = 0.35
"""Probability of a modal particle in a main clause. With probability `USUAL` English has no word for it."""


@dataclass(frozen=True)
class Phrase:
    """German words, and the English wordings that mean the same."""

    source: Words
    target: Wordings


@dataclass(frozen=True)
class NounPhrase(Phrase):
    """A phrase that verbs and pronouns agree with."""

    form: str
    """Gender "m", "f" or "n"; or "plural"."""
    pronoun: str
    """The English word for it when it is named again."""


@dataclass(frozen=True)
class Verb:
    """A verb that agrees with its subject: both parts of it in a German main clause, all of it in a subordinate one."""

    finite: str
    rest: Words
    final: Words
    target: Wordings
    objects: str
    """What its object may be: "people", "things" or "any"."""


_NOTHING = Phrase([], [])


class Grammar:
    """Draws meanings: German sentences with all their English wordings."""

    def __init__(self, generator: np.random.Generator) -> None:
        """Take the source of all choices."""
        self._generator = generator

    def sentence(self) -> Phrase:
        """Return a main clause, one time in four with a subordinate clause after it."""
        subject = self._being("nominative")
        main = self._clause(subject, subordinate=False)
        if not self._chance(0.25):
            return Phrase([*main.source, "."], [*main.target, only(".")])
        link = self._phrase(lexicon.CONJUNCTIONS)
        again = NounPhrase([lexicon.PRONOUNS[subject.form]], [only(subject.pronoun)], subject.form, subject.pronoun)
        other = self._clause(again if self._chance(0.6) else self._being("nominative"), subordinate=True)
        source = [*main.source, ",", *link.source, *other.source, "."]
        return Phrase(source, [*main.target, *link.target, *other.target, only(".")])

    def _clause(self, subject: NounPhrase, subordinate: bool) -> Phrase:
        """Return a clause; English has subject, verb, object, place, time, German the order that its verb asks for."""
        verb = self._verb(plural=subject.form == "plural")
        thing = verb.objects == "things" or (verb.objects == "any" and self._chance(0.5))
        direct = self._noun_phrase(lexicon.THINGS, "accusative") if thing else self._being("accusative")
        time = self._phrase(lexicon.TIMES) if self._chance(0.35) else _NOTHING
        particle = self._phrase(lexicon.PARTICLES) if not subordinate and self._chance(PARTICLE) else _NOTHING
        place = self._place() if self._chance(0.25) else _NOTHING
        target = [*particle.target, *subject.target, *verb.target, *direct.target, *place.target, *time.target]
        middle = [*direct.source, *place.source]
        if subordinate:
            return Phrase([*subject.source, *time.source, *middle, *verb.final], target)
        # The finite verb is the second constituent, whichever is the first.
        first, third = (time, subject) if time.source and self._chance(0.5) else (subject, time)
        return Phrase([*first.source, verb.finite, *third.source, *particle.source, *middle, *verb.rest], target)

    def _verb(self, plural: bool) -> Verb:
        """Return a verb in the present tense, in the perfect, or under a modal verb."""
        singular, infinitive, participle, particle, objects, *english = self._pick(lexicon.VERBS)
        particle = particle.strip("-")
        present, base, perfect = (_inflected(english, form) for form in (int(plural), 1, 2))
        tense = self._generator.random()
        if tense < 0.5:
            finite = infinitive if plural else singular
            return Verb(finite, [particle] if particle else [], [particle + finite], [present], objects)
        if tense < 0.75:
            finite, has = ("haben", "have") if plural else ("hat", "has")
            return Verb(finite, [participle], [participle, finite], [only(has), perfect], objects)
        modal_singular, modal_plural, *modal_english = self._pick(lexicon.MODALS)
        finite = modal_plural if plural else modal_singular
        modal = _inflected(modal_english, int(plural))
        return Verb(finite, [particle + infinitive], [particle + infinitive, finite], [modal, base], objects)

    def _being(self, case: str) -> NounPhrase:
        """Return a person, an animal, or, one time in five, somebody by name."""
        if self._chance(0.2):
            name, gender = self._pick(lexicon.NAMES)
            return NounPhrase([name], [only(name)], gender, lexicon.PERSONAL_PRONOUNS[gender])
        if self._chance(0.2):
            return self._noun_phrase(lexicon.ANIMALS, case, neuter=True)
        return self._noun_phrase(lexicon.PEOPLE, case)

    def _noun_phrase(self, nouns: Sequence[Words], case: str, neuter: bool = False) -> NounPhrase:
        """Return a noun with the article and perhaps an adjective; `neuter`: English calls it "it"."""
        singular, gender, plurals, *english = self._pick(nouns)
        plural, definite = self._chance(0.3), self._chance(0.6)
        form = "plural" if plural else gender
        source, target = [plurals if plural else singular], [_synonyms([word.split("/")[plural] for word in english])]
        if plural and case == "dative" and plurals[-1] not in "ns":
            source = [plurals + "n"]
        if self._chance(0.35):
            stem, *adjectives = self._pick(lexicon.ADJECTIVES)
            source = [stem + lexicon.ADJECTIVE_ENDINGS[definite, case][form], *source]
            target = [_synonyms(adjectives), *target]
        if definite or not plural:
            target = [only("the" if definite else "a"), *target]
        source = [*lexicon.ARTICLES[definite, case][form].split(), *source]
        pronoun = lexicon.PERSONAL_PRONOUNS["n" if neuter and not plural else form]
        return NounPhrase(source, target, form, pronoun)

    def _place(self) -> Phrase:
        preposition, noun = self._phrase(lexicon.PREPOSITIONS), self._noun_phrase(lexicon.PLACES, "dative")
        return Phrase([*preposition.source, *noun.source], [*preposition.target, *noun.target])

    def _phrase(self, rows: Sequence[Words]) -> Phrase:
        """Return a word that does not change, and its wordings."""
        german, *english = self._pick(rows)
        return Phrase([german], [_usual_first(english)])

    def _chance(self, probability: float) -> bool:
        return bool(self._generator.random() < probability)

    def _pick(self, rows: Sequence[Words]) -> Words:
        """Choose a row by Zipf's law: row n with a weight of 1/n."""
        return rows[int(np.searchsorted(_zipf(len(rows)), self._generator.random(), side="right"))]


def _usual_first(wordings: Sequence[str]) -> Choice:
    """Return the first wording with the probability `USUAL`, and the others with equal shares of the rest."""
    others = len(wordings) - 1
    probabilities = [USUAL, *[(1.0 - USUAL) / others] * others] if others else [1.0]
    return Choice([[] if wording == "-" else wording.split("_") for wording in wordings], probabilities)


def _inflected(wordings: Sequence[str], form: int) -> Choice:
    """Return wordings whose first word has forms, in one of them: `form` 1 of "sees/see/seen_to" is "see to"."""
    words = [wording.partition("_") for wording in wordings]
    return _usual_first([forms.split("/")[form] + between + rest for forms, between, rest in words])


def _synonyms(words: Sequence[str]) -> Choice:
    """Return the usual word, or, one time in five, any of its synonyms or itself."""
    share = 0.2 / len(words)
    return Choice([[word] for word in words], [0.8 + share, *[share] * (len(words) - 1)])


@cache
def _zipf(size: int) -> np.ndarray:
    """Return the cumulative probabilities (size − 1,) of Zipf's law, without the last, which is 1."""
    weights = 1 / np.arange(1, size + 1)
    return np.cumsum(weights[:-1]) / weights.sum()


def with_fault(words: Words, others: Sequence[str], generator: np.random.Generator) -> Words:
    """Return a sentence with one word dropped, doubled, replaced by one of `others`, or swapped with the next.

    The fault never begins at the last word or the full stop, so that the result still looks like a sentence.
    """
    place = int(generator.integers(len(words) - 2))
    before, word, after = words[:place], words[place], words[place + 1 :]
    match int(generator.integers(4)):
        case 0:
            return [*before, *after]
        case 1:
            return [*before, word, word, *after]
        case 2:
            return [*before, others[int(generator.integers(len(others)))], *after]
        case _:
            return [*before, after[0], word, *after[1:]]


def mini_meanings(settings: MiniDataset) -> list[Phrase]:
    """Return the meanings of valid, test and train, one after the other; no two have the same German sentence."""
    grammar = Grammar(numpy_generator(settings.seed, "mini grammar"))
    drawn: dict[tuple[str, ...], Phrase] = {}
    while len(drawn) < settings.valid_pairs + settings.test_pairs + settings.train_pairs:
        meaning = grammar.sentence()
        if max(len(meaning.source), longest(meaning.target)) <= LONGEST:
            drawn.setdefault(tuple(meaning.source), meaning)
    return list(drawn.values())


def mini_pairs(settings: MiniDataset) -> dict[str, Pairs]:
    """Return the pairs of tokenised sentences of train, valid and test; no two pairs have the same source.

    A share `settings.noise` of the training references has a fault (`with_fault`); valid and test have none.
    """
    wording = numpy_generator(settings.seed, "mini wording")
    pairs = [(meaning.source, draw(meaning.target, wording)) for meaning in mini_meanings(settings)]
    evaluated = settings.valid_pairs + settings.test_pairs
    faults = numpy_generator(settings.seed, "mini faults")
    others = sorted({word for _, target in pairs for word in target})
    train = [
        (source, with_fault(target, others, faults) if faults.random() < settings.noise else target)
        for source, target in pairs[evaluated:]
    ]
    return {"train": train, "valid": pairs[: settings.valid_pairs], "test": pairs[settings.valid_pairs : evaluated]}
