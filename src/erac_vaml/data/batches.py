"""Ids of a split, stored flat, and batches of them (released-code D6)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from erac_vaml.data.vocabulary import EOS, PAD
from erac_vaml.randomness import numpy_generator

_CHUNK_BATCHES = 50
"""Batches that are sorted by length together (released-code D6)."""


@dataclass(frozen=True)
class Batch:
    """B sentence pairs, padded."""

    source: Tensor
    """(B, S) words PAD."""
    source_lengths: Tensor
    """(B,) words."""
    references: Tensor
    """(B, T) words EOS PAD."""
    reference_lengths: Tensor
    """(B,) tokens, EOS counted."""


@dataclass(frozen=True)
class Side:
    """One side of a split: the ids of all sentences in one array."""

    ids: np.ndarray
    """(total words,) int32."""
    offsets: np.ndarray
    """(sentences + 1,) int64; sentence n is ids[offsets[n]:offsets[n + 1]]."""

    @property
    def lengths(self) -> np.ndarray:
        """Words of each sentence, (sentences,)."""
        return np.diff(self.offsets)

    def padded(self, indices: np.ndarray, extra: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return sentences as (B, longest + extra) int64 padded with PAD, and their lengths (B,) in words."""
        starts = self.offsets[indices]
        lengths = self.offsets[indices + 1] - starts
        places = np.arange(lengths.max() + extra)
        inside = places < lengths[:, None]
        padded = np.full(inside.shape, PAD, np.int64)
        padded[inside] = self.ids[(starts[:, None] + places)[inside]]
        return padded, lengths


@dataclass(frozen=True)
class Split:
    """Sentence pairs of one split."""

    source: Side
    target: Side

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.source.offsets) - 1

    @property
    def source_lengths(self) -> np.ndarray:
        """Words of each source, (pairs,)."""
        return self.source.lengths

    @property
    def target_lengths(self) -> np.ndarray:
        """Words of each target, (pairs,)."""
        return self.target.lengths

    def batch(self, indices: np.ndarray, device: torch.device) -> Batch:
        """Return the pairs at `indices` (B,), each side padded to its longest."""
        source, source_lengths = self.source.padded(indices)
        references, words = self.target.padded(indices, extra=1)
        references[np.arange(len(indices)), words] = EOS
        arrays = (source, source_lengths, references, words + 1)
        return Batch(*(torch.from_numpy(array).to(device, non_blocking=True) for array in arrays))


def training_order(split: Split, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Return one epoch's batches as arrays of indices (released-code D6).

    The pairs are shuffled and cut into chunks of 50 batches; a chunk is sorted by source and target length together,
    so that its batches have little padding, and its batches come in random order. The last batch may be small.
    """
    generator = numpy_generator(seed, "epoch order", epoch)
    shuffled = generator.permutation(len(split))
    keys = interleave_bits(split.source_lengths, split.target_lengths)
    chunk = batch_size * _CHUNK_BATCHES
    order: list[np.ndarray] = []
    for start in range(0, len(shuffled), chunk):
        members = shuffled[start : start + chunk]
        members = members[np.argsort(keys[members], kind="stable")]
        batches = [members[first : first + batch_size] for first in range(0, len(members), batch_size)]
        order.extend(batches[number] for number in generator.permutation(len(batches)))
    return order


def evaluation_order(split: Split, batch_size: int) -> list[np.ndarray]:
    """Return every index once, in batches of like source length: less padding, and beams that end together."""
    ranked = np.argsort(split.source_lengths, kind="stable")
    return [ranked[start : start + batch_size] for start in range(0, len(ranked), batch_size)]


def interleave_bits(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the numbers (N,) whose bits are those of both, in turn: near numbers mean that both are near (D6)."""
    bits = np.arange(16)
    spread_first = (first[:, None] >> bits & 1) << (2 * bits + 1)
    spread_second = (second[:, None] >> bits & 1) << (2 * bits)
    return (spread_first + spread_second).sum(axis=1)
