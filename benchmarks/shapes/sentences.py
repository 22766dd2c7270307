"""Lengths of the sentences that a network reads, and how many of them are still going on at each step."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentences:
    """Lengths of R = B·M sequences, M of each of B sources."""

    lengths: tuple[int, ...]
    """(R,) tokens."""
    samples: int = 1
    """M"""

    @classmethod
    def copies(cls, lengths: Sequence[int], samples: int) -> "Sentences":
        """Return `samples` sequences as long as each of the given ones, (B,)."""
        return cls(tuple(length for length in lengths for _ in range(samples)), samples)

    @property
    def sources(self) -> int:
        """B."""
        return len(self.lengths) // self.samples

    @property
    def tokens(self) -> int:
        """All tokens."""
        return sum(self.lengths)

    @property
    def mean_length(self) -> int:
        """Tokens of a sequence, rounded: attention's products are counted as if all had it, without padding."""
        return max(1, round(self.tokens / len(self.lengths)))

    @property
    def going_on(self) -> list[int]:
        """How many sequences have a token at each step: all at the first, one or more at the last."""
        return [sum(length > step for length in self.lengths) for step in range(max(self.lengths))]
