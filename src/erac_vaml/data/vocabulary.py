"""Words and their ids."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from erac_vaml.errors import UserError
from erac_vaml.files import read_regular, write_text

PAD, UNK, BOS, EOS = range(4)
SPECIAL_TOKENS = ("<pad>", "<unk>", "<s>", "</s>")


@dataclass(frozen=True)
class Vocabulary:
    """The words of one side, after the special symbols; the id of a word is its position."""

    tokens: tuple[str, ...]

    @classmethod
    def from_words(cls, words: Iterable[str]) -> "Vocabulary":
        """Return the vocabulary of words, most frequent first; a word that looks like a special symbol is left out."""
        return cls((*SPECIAL_TOKENS, *(word for word in dict.fromkeys(words) if word not in SPECIAL_TOKENS)))

    @classmethod
    def from_counts(cls, counts: Counter[str], min_count: int, max_words: int) -> "Vocabulary":
        """Return the vocabulary of the most frequent words seen `min_count` times; ties are sorted alphabetically."""
        frequent = [word for word, count in counts.items() if count >= min_count and word not in SPECIAL_TOKENS]
        return cls.from_words(sorted(frequent, key=lambda word: (-counts[word], word))[:max_words])

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens) if number >= len(SPECIAL_TOKENS)}

    def __len__(self) -> int:
        """Return the number of ids, special symbols included."""
        return len(self.tokens)

    def ids(self, words: Iterable[str]) -> np.ndarray:
        """Return the ids (n,) int32 of words; UNK for an unknown word, or one that looks like a special symbol."""
        known = self._ids
        return np.fromiter((known.get(word, UNK) for word in words), np.int32)

    def words(self, ids: Iterable[int]) -> list[str]:
        """Return the words of a sequence up to EOS, without PAD and BOS; UNK becomes `<unk>`."""
        words = []
        for number in ids:
            if number == EOS:
                break
            if number not in (PAD, BOS):
                words.append(self.tokens[number])
        return words

    def save(self, path: Path) -> None:
        """Write one word per line, without the special symbols."""
        words = self.tokens[len(SPECIAL_TOKENS) :]
        write_text(path, "".join(f"{word}\n" for word in words))

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what `save` wrote.

        Raises:
            UserError: the file is missing or not UTF-8.
        """
        try:
            text = read_regular(path).decode("utf-8")
        except FileNotFoundError:
            raise UserError(f"{path}: no such vocabulary; prepare the data set first") from None
        except UnicodeDecodeError:
            raise UserError(f"{path}: damaged; prepare the data set again") from None
        return cls.from_words(text.removesuffix("\n").split("\n") if text else [])


def escape(word: str) -> str:
    """Return a word as it is scored: escaped if it looks like a special symbol, so that it never matches `<unk>`."""
    return word.replace("<", "&lt;").replace(">", "&gt;") if word in SPECIAL_TOKENS else word
