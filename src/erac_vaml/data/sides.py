"""One side of a split: the ids of all sentences in one array. Data are prepared with it, and without torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from erac_vaml.data.corpus import Words
from erac_vaml.data.vocabulary import PAD, Vocabulary


@dataclass(frozen=True)
class Side:
    """One side of a split, with the ids of all sentences in one array."""

    ids: np.ndarray
    """(total words,) int32."""
    offsets: np.ndarray
    """(sentences + 1,) int64; sentence n is ids[offsets[n]:offsets[n + 1]]."""

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Words of each sentence, (sentences,)."""
        return np.diff(self.offsets)

    def select(self, indices: np.ndarray) -> "Side":
        """Return the sentences at `indices`, in this order."""
        lengths = self.lengths[indices]
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[indices] - offsets[:-1], lengths)
        return Side(self.ids[places], offsets)

    def padded(self, indices: np.ndarray, extra: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return sentences as (B, longest + extra) int64 padded with PAD, and their lengths (B,) in words."""
        starts = self.offsets[indices]
        lengths = self.offsets[indices + 1] - starts
        places = np.arange(lengths.max() + extra)
        inside = places < lengths[:, None]
        padded = np.full(inside.shape, PAD, np.int64)
        padded[inside] = self.ids[(starts[:, None] + places)[inside]]
        return padded, lengths


def flatten(sentences: Sequence[Words], vocabulary: Vocabulary) -> Side:
    """Return the ids of all sentences in one array, and the offset of each sentence."""
    offsets = np.zeros(len(sentences) + 1, np.int64)
    np.cumsum([len(words) for words in sentences], out=offsets[1:])
    return Side(vocabulary.ids(chain.from_iterable(sentences)), offsets)
