"""Wordings of one meaning in the mini language, with their probabilities.

A sentence is a row of phrases, and each phrase has a few wordings. The choices are independent. So the most probable
sentence is known without any network, and any number of references of one meaning can be drawn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from erac_vaml.data.corpus import Words


@dataclass(frozen=True)
class Choice:
    """The wordings of a phrase, the most probable one first, and their probabilities."""

    wordings: Sequence[Words]
    probabilities: Sequence[float]


Wordings = Sequence[Choice]
"""All wordings of a sentence: one of each choice, in this order."""


def only(*words: str) -> Choice:
    """Return a choice of nothing but these words."""
    return Choice([list(words)], [1.0])


def draw(sentence: Wordings, generator: np.random.Generator) -> Words:
    """Return a wording of a sentence at random."""
    return _joined(
        choice.wordings[int(np.searchsorted(np.cumsum(choice.probabilities[:-1]), generator.random(), side="right"))]
        for choice in sentence
    )


def most_probable(sentence: Wordings) -> Words:
    """Return the most probable wording of a sentence: what a perfect model finds with a perfect search."""
    return _joined(choice.wordings[int(np.argmax(choice.probabilities))] for choice in sentence)


def longest(sentence: Wordings) -> int:
    """Return the number of words of the longest wording."""
    return sum(max(map(len, choice.wordings)) for choice in sentence)


def _joined(phrases: Iterable[Words]) -> Words:
    """Join phrases; "a" becomes "an" before a vowel."""
    words = [word for phrase in phrases for word in phrase]
    following = [*words[1:], ""]
    return [
        "an" if word == "a" and after[:1] in tuple("aeiou") else word
        for word, after in zip(words, following, strict=True)
    ]
