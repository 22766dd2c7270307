"""All wordings of a sentence of the mini language, by brute force."""

import re
from itertools import product
from math import prod


def all_wordings(sentence):
    """Yield every wording of a sentence with its probability."""
    for chosen in product(*(zip(choice.wordings, choice.probabilities, strict=True) for choice in sentence)):
        said = " ".join(word for words, _ in chosen for word in words)
        yield re.sub(r"\ba (?=[aeiou])", "an ", said).split(), prod(probability for _, probability in chosen)
