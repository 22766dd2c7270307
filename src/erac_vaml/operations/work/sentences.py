"""Lengths of the sequences in a batch, and how many of them are still going on at each step."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentences:
    """Lengths of R = B·M sequences, M for each of B sources."""

    lengths: tuple[int, ...]
    """(R,) tokens."""
    samples: int = 1
    """M"""

    @classmethod
    def copies(cls, lengths: Sequence[int], samples: int) -> "Sentences":
        """Return `samples` sequences as long as each of the given ones, (B,)."""
        return cls(tuple(length for length in lengths for _ in range(samples)), samples)

    @classmethod
    def of_mean(cls, mean: float, count: int) -> "Sentences":
        """Return `count` sequences of as equal a length as possible, whose mean is the given one to 1/count."""
        short, longer = divmod(max(count, round(mean * count)), count)
        return cls((short + 1,) * longer + (short,) * (count - longer))

    def longer(self, tokens: int) -> "Sentences":
        """Return the same sequences, each some tokens longer."""
        return Sentences(tuple(length + tokens for length in self.lengths), self.samples)

    @property
    def sources(self) -> int:
        """B."""
        return len(self.lengths) // self.samples

    @property
    def tokens(self) -> int:
        """Tokens of all sequences."""
        return sum(self.lengths)

    @property
    def mean_length(self) -> int:
        """Tokens of a sequence, rounded: attention's products are listed as if every sequence had them, unpadded."""
        return max(1, round(self.tokens / len(self.lengths)))

    @property
    def going_on(self) -> list[int]:
        """How many sequences have a token at each step: all at the first, one or more at the last."""
        ordered, count = sorted(self.lengths), len(self.lengths)
        ended, result = 0, []
        for step in range(ordered[-1]):
            while ordered[ended] <= step:
                ended += 1
            result.append(count - ended)
        return result
