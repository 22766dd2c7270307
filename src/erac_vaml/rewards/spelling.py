"""The characters of words: from ids of words to numbers of characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from erac_vaml.data import shapes
from erac_vaml.data.vocabulary import EOS

UNKNOWN = 0
"""Number of the one character that stands for an unknown word."""


class Texts(NamedTuple):
    """N texts of T tokens as characters without white space."""

    characters: Tensor
    """(N, C) numbers of characters, then anything."""
    ends: Tensor
    """(N, T) number of characters up to each token; the last is the length of the text."""


@dataclass(frozen=True)
class Spelling:
    """The characters of every word of a vocabulary, on one device."""

    characters: Tensor
    """(all characters,) numbers, word by word."""
    starts: Tensor
    """(V,) position of the first character of each word."""
    lengths: Tensor
    """(V,) characters of each word: 0 of PAD, BOS and EOS, 1 of UNK."""
    longest: int
    """Characters of the longest word."""
    alphabet: int
    """Number of different characters, `UNKNOWN` included; all numbers are below it."""

    @classmethod
    def of(cls, tokens: Sequence[str], device: torch.device | str = "cpu") -> "Spelling":
        """Return the spelling of the words of a vocabulary.

        Args:
            tokens: (V,) text of each id, special symbols first, as in `Vocabulary.tokens`. White space in words, such
                as U+00A0, is left out.
            device: device of the sequences.
        """
        words = ["".join(token.split()) for token in tokens[EOS + 1 :]]
        numbers = {character: number for number, character in enumerate(dict.fromkeys("".join(words)), UNKNOWN + 1)}
        # PAD, UNK, BOS, EOS, then the words.
        spelt = [[], [UNKNOWN], [], [], *([numbers[character] for character in word] for word in words)]
        lengths = torch.tensor([len(word) for word in spelt])
        characters = torch.tensor([number for word in spelt for number in word])
        starts = lengths.cumsum(0) - lengths
        longest = max(map(len, spelt))
        return cls(characters.to(device), starts.to(device), lengths.to(device), longest, len(numbers) + 1)

    def spell(self, tokens: Tensor) -> Texts:
        """Return the characters of sequences (N, T); on a GPU C is the most that T tokens can have."""
        lengths = self.lengths[tokens]
        ends = lengths.cumsum(dim=1)
        width = max(1, int(ends[:, -1].max())) if shapes.follow_values(ends) else tokens.shape[1] * self.longest
        places = torch.arange(width, device=tokens.device).repeat(len(tokens), 1)
        token = torch.searchsorted(ends, places, right=True).clamp_(max=tokens.shape[1] - 1)
        # Character p of a text whose token ends at e is that many characters before the end of the word.
        from_start = (self.starts[tokens] + lengths - ends).gather(1, token)
        return Texts(self.characters[(from_start + places).clamp_(max=len(self.characters) - 1)], ends)
