"""The ids of a split, stored flat, and the batches of an epoch (released-code D6)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from erac_vaml.data.images import Images
from erac_vaml.data.sequences import length_mask
from erac_vaml.data.sides import Side
from erac_vaml.data.vocabulary import EOS
from erac_vaml.randomness import numpy_generator

_CHUNK_BATCHES = 50
"""Batches per chunk; the pairs of a chunk are sorted by length (released-code D6)."""


@dataclass(frozen=True)
class Batch:
    """B padded pairs of a source and its reference."""

    source: Tensor
    """(B, S) ids of words PAD, or (B, D) features of images."""
    source_lengths: Tensor
    """(B,) words; 1 for an image."""
    references: Tensor
    """(B, T) ids of words EOS PAD."""
    reference_lengths: Tensor
    """(B,) tokens, EOS included."""
    payoff_references: Tensor
    """(B, R, L) ids of words EOS PAD, the references of the pay-off: the pair's own (R = 1), or all of its image."""

    @property
    def reference_mask(self) -> Tensor:
        """Mask (B, T) bool, True at tokens up to and including EOS."""
        return length_mask(self.reference_lengths, self.references.shape[1])


@dataclass(frozen=True)
class Split:
    """The pairs of a split: a sentence or an image, and its reference."""

    source: Side | Images
    target: Side
    rewards_all_captions: bool = False
    """Compute pay-offs against all captions of a pair's image, not only the pair's own."""

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.target)

    @property
    def source_lengths(self) -> np.ndarray:
        """Words of each source, (pairs,); one for an image."""
        return self.source.lengths

    @property
    def target_lengths(self) -> np.ndarray:
        """Words of each target, (pairs,)."""
        return self.target.lengths

    def batch(self, indices: np.ndarray, device: torch.device) -> Batch:
        """Return the pairs at `indices` (B,), each side padded to its longest sequence."""
        source, source_lengths = self.source.padded(indices)
        references, lengths = self._references(indices)
        pairs = self.payoff_pairs(indices)
        payoff_references = self._references(pairs.ravel())[0].reshape(*pairs.shape, -1)
        arrays = (source, source_lengths, references, lengths, payoff_references)
        return Batch(*(torch.from_numpy(array).to(device, non_blocking=True) for array in arrays))

    def payoff_pairs(self, indices: np.ndarray) -> np.ndarray:
        """Return the pairs (B, R) whose references the pay-offs of pairs (B,) are computed against."""
        if self.rewards_all_captions and isinstance(self.source, Images):
            return self.source.pairs_beside(indices)
        return indices[:, None]

    def one_of_each_image(self) -> "Split":
        """Return the pairs to decode: the first of each image, or all sentence pairs."""
        if not isinstance(self.source, Images):
            return self
        firsts = self.source.firsts
        return Split(Images(self.source.features, self.source.rows[firsts]), self.target.select(firsts))

    def _references(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return references (B, T) of words EOS PAD, and their lengths (B,) in tokens."""
        references, words = self.target.padded(indices, extra=1)
        references[np.arange(len(indices)), words] = EOS
        return references, words + 1


def training_order(split: Split, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Return the batches of an epoch as arrays of indices (released-code D6).

    The pairs are shuffled and cut into chunks of 50 batches. Each chunk is sorted by source and target length together,
    so that its batches have little padding, and its batches are shuffled. The last batch may be small.
    A batch of captions has all captions of each of its images (Tables 5 and 6: 32 images of 5 captions).
    """
    generator = numpy_generator(seed, "epoch order", epoch)
    if isinstance(split.source, Images):
        return _order_by_image(split.source, batch_size, generator)
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


def _order_by_image(images: Images, batch_size: int, generator: np.random.Generator) -> list[np.ndarray]:
    """Return shuffled batches with a fixed number of images, which have `batch_size` captions on average."""
    captions = np.split(np.arange(len(images)), images.firsts[1:])
    at_once = max(1, round(batch_size * len(captions) / len(images)))
    shuffled = generator.permutation(len(captions))
    groups = [shuffled[start : start + at_once] for start in range(0, len(shuffled), at_once)]
    return [np.concatenate([captions[image] for image in group]) for group in groups]


def evaluation_order(split: Split, batch_size: int) -> list[np.ndarray]:
    """Return each index once, in batches of similar source length: less padding, and beams that end together."""
    ranked = np.argsort(split.source_lengths, kind="stable")
    return [ranked[start : start + batch_size] for start in range(0, len(ranked), batch_size)]


def interleave_bits(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return numbers (N,) with the bits of both in turn; if two are close, so are both of their parts (D6)."""
    bits = np.arange(16)
    spread_first = (first[:, None] >> bits & 1) << (2 * bits + 1)
    spread_second = (second[:, None] >> bits & 1) << (2 * bits)
    return (spread_first + spread_second).sum(axis=1)
