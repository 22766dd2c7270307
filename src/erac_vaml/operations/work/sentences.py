"""Describe the lengths of the sequences in a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sentences:
    """Token counts of R sequences: M for each of B sources, R = B·M."""

    lengths: tuple[int, ...]
    """(R,) numbers of tokens."""
    samples: int = 1
    """M: sequences for each source."""

    @classmethod
    def copies(cls, lengths: Sequence[int], samples: int) -> "Sentences":
        """Return `samples` sequences as long as each of the given ones, (B,)."""
        return cls(tuple(length for length in lengths for _ in range(samples)), samples)

    @classmethod
    def of_mean(cls, mean: float, count: int) -> "Sentences":
        """Return `count` sequences of nearly equal length. Their mean length is `mean`, up to 1/count."""
        short, longer = divmod(max(count, round(mean * count)), count)
        return cls((short + 1,) * longer + (short,) * (count - longer))

    def longer(self, tokens: int) -> "Sentences":
        """Return the sequences, each longer by `tokens`."""
        return Sentences(tuple(length + tokens for length in self.lengths), self.samples)

    @property
    def sources(self) -> int:
        """B: number of sources."""
        return len(self.lengths) // self.samples

    @property
    def tokens(self) -> int:
        """Number of tokens of all sequences."""
        return sum(self.lengths)

    @property
    def mean_length(self) -> int:
        """Mean length, rounded. The products of attention are listed as if all sequences had this length."""
        return max(1, round(self.tokens / len(self.lengths)))

    @property
    def going_on(self) -> list[int]:
        """Number of sequences that have a token at each step, up to the longest sequence."""
        of_length = np.bincount(self.lengths)
        return of_length[:0:-1].cumsum()[::-1].tolist()
