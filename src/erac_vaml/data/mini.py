"""The mini translation task: sentence pairs from a seeded synchronous grammar of a little German and English.

It has the difficulties of a real task: verb parts at the end of the clause; agreement of articles, adjectives,
pronouns and verbs; random English synonyms; faults in the training references; names too rare for the vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data import mini_lexicon as lexicon
from erac_vaml.data.corpus import Pairs, Words
from erac_vaml.randomness import numpy_generator

LONGEST = 16
"""Maximum number of words in a sentence, on either side."""


@dataclass(frozen=True)
class Phrase:
    """German and English words with the same meaning."""

    source: Words
    target: Words


@dataclass(frozen=True)
class NounPhrase(Phrase):
    """A phrase that verbs and pronouns agree with."""

    form: str
    """Gender "m", "f" or "n"; or "plural"."""
    pronoun: str
    """The English pronoun that refers to it."""


@dataclass(frozen=True)
class Verb:
    """A verb that agrees with its subject; German has two parts in a main clause, one in a subordinate clause."""

    finite: str
    rest: Words
    final: Words
    target: Words
    objects: str
    """Kind of its object: "people", "things" or "any"."""


class Grammar:
    """Draw sentence pairs at random from a generator."""

    def __init__(self, generator: np.random.Generator) -> None:
        """Store the generator, the only source of randomness."""
        self._generator = generator

    def sentence(self) -> Phrase:
        """Return a main clause, followed by a subordinate clause in one case of four."""
        subject = self._being("nominative")
        main = self._clause(subject, subordinate=False)
        if not self._chance(0.25):
            return Phrase([*main.source, "."], [*main.target, "."])
        link = self._word(lexicon.CONJUNCTIONS)
        again = NounPhrase([lexicon.PRONOUNS[subject.form]], [subject.pronoun], subject.form, subject.pronoun)
        other = self._clause(again if self._chance(0.6) else self._being("nominative"), subordinate=True)
        source = [*main.source, ",", *link.source, *other.source, "."]
        return Phrase(source, [*main.target, *link.target, *other.target, "."])

    def _clause(self, subject: NounPhrase, subordinate: bool) -> Phrase:
        """Return a clause: subject, verb, object, place, time in English, and German word order for its verb."""
        verb = self._verb(plural=subject.form == "plural")
        thing = verb.objects == "things" or (verb.objects == "any" and self._chance(0.5))
        direct = self._noun_phrase(lexicon.THINGS, "accusative") if thing else self._being("accusative")
        time = self._word(lexicon.TIMES) if self._chance(0.35) else Phrase([], [])
        place = self._place() if self._chance(0.25) else Phrase([], [])
        target = [*subject.target, *verb.target, *direct.target, *place.target, *time.target]
        middle = [*direct.source, *place.source]
        if subordinate:
            return Phrase([*subject.source, *time.source, *middle, *verb.final], target)
        # The finite verb is always the second constituent.
        first, third = (time, subject) if time.source and self._chance(0.5) else (subject, time)
        return Phrase([*first.source, verb.finite, *third.source, *middle, *verb.rest], target)

    def _verb(self, plural: bool) -> Verb:
        """Return a verb in the present tense, in the perfect, or under a modal verb."""
        singular, infinitive, participle, particle, objects, *english = self._pick(lexicon.VERBS)
        particle = particle.strip("-")
        forms = self._choose(english).split("/")
        tense = self._generator.random()
        if tense < 0.5:
            finite = infinitive if plural else singular
            return Verb(finite, [particle] if particle else [], [particle + finite], [forms[plural]], objects)
        if tense < 0.75:
            finite, has = ("haben", "have") if plural else ("hat", "has")
            return Verb(finite, [participle], [participle, finite], [has, forms[2]], objects)
        modal_singular, modal_plural, *modal_english = self._pick(lexicon.MODALS)
        finite = modal_plural if plural else modal_singular
        modal = self._choose(modal_english).split("/")[plural].split("_")
        return Verb(finite, [particle + infinitive], [particle + infinitive, finite], [*modal, forms[1]], objects)

    def _being(self, case: str) -> NounPhrase:
        """Return a name, an animal or a person; a name in one case of five."""
        if self._chance(0.2):
            name, gender = self._pick(lexicon.NAMES)
            return NounPhrase([name], [name], gender, lexicon.PERSONAL_PRONOUNS[gender])
        if self._chance(0.2):
            return self._noun_phrase(lexicon.ANIMALS, case, neuter=True)
        return self._noun_phrase(lexicon.PEOPLE, case)

    def _noun_phrase(self, nouns: Sequence[Words], case: str, neuter: bool = False) -> NounPhrase:
        """Return a noun with its article and perhaps an adjective; if `neuter`, its English pronoun is "it"."""
        singular, gender, plurals, *english = self._pick(nouns)
        plural, definite = self._chance(0.3), self._chance(0.6)
        form = "plural" if plural else gender
        source, target = [plurals if plural else singular], [self._choose(english).split("/")[plural]]
        if plural and case == "dative" and plurals[-1] not in "ns":
            source = [plurals + "n"]
        if self._chance(0.35):
            adjective = self._word(lexicon.ADJECTIVES)
            source = [adjective.source[0] + lexicon.ADJECTIVE_ENDINGS[definite, case][form], *source]
            target = [*adjective.target, *target]
        if definite:
            target = ["the", *target]
        elif not plural:
            target = ["an" if target[0][0] in "aeiou" else "a", *target]
        source = [*lexicon.ARTICLES[definite, case][form].split(), *source]
        pronoun = lexicon.PERSONAL_PRONOUNS["n" if neuter and not plural else form]
        return NounPhrase(source, target, form, pronoun)

    def _place(self) -> Phrase:
        preposition, noun = self._word(lexicon.PREPOSITIONS), self._noun_phrase(lexicon.PLACES, "dative")
        return Phrase([*preposition.source, *noun.source], [*preposition.target, *noun.target])

    def _word(self, rows: Sequence[Words]) -> Phrase:
        """Return an uninflected word and one of its translations."""
        german, *english = self._pick(rows)
        return Phrase([german], self._choose(english).split("_"))

    def _chance(self, probability: float) -> bool:
        return bool(self._generator.random() < probability)

    def _pick(self, rows: Sequence[Words]) -> Words:
        """Return a random row by Zipf's law: the weight of row n is 1/n."""
        return rows[int(np.searchsorted(_zipf(len(rows)), self._generator.random(), side="right"))]

    def _choose(self, synonyms: Words) -> str:
        """Return the usual word, or, in one case of five, a random one of all synonyms, itself included."""
        return synonyms[0 if self._chance(0.8) else int(self._generator.integers(len(synonyms)))]


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


def mini_pairs(settings: MiniDataset) -> dict[str, Pairs]:
    """Return the pairs of tokenised sentences of train, valid and test; no two pairs have the same source.

    A share `settings.noise` of the training references has a fault (`with_fault`); valid and test have none.
    """
    grammar = Grammar(numpy_generator(settings.seed, "mini grammar"))
    total = settings.train_pairs + settings.valid_pairs + settings.test_pairs
    drawn: dict[tuple[str, ...], Words] = {}
    while len(drawn) < total:
        phrase = grammar.sentence()
        if max(len(phrase.source), len(phrase.target)) <= LONGEST:
            drawn.setdefault(tuple(phrase.source), phrase.target)
    pairs = [(list(source), target) for source, target in drawn.items()]
    valid, test = pairs[: settings.valid_pairs], pairs[settings.valid_pairs : total - settings.train_pairs]
    faults = numpy_generator(settings.seed, "mini faults")
    others = sorted({word for _, target in pairs for word in target})
    train = [
        (source, with_fault(target, others, faults) if faults.random() < settings.noise else target)
        for source, target in pairs[total - settings.train_pairs :]
    ]
    return {"train": train, "valid": valid, "test": test}
