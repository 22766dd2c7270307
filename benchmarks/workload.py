"""Batches of random words with the lengths of real sentences."""

import numpy as np
import torch

from erac_vaml.data.batches import Batch, Split, training_order
from erac_vaml.data.sides import Side
from erac_vaml.data.vocabulary import EOS
from erac_vaml.randomness import numpy_generator

LONGEST = 50
"""Maximum words of a sentence on either side, as in the paper's data."""

_SEED = 18
_BATCHES = 50
"""The real order sorts this many batches together by length, so that they have little padding."""

_SOURCE_MEAN, _SOURCE_DEVIATION = 17.6, 9.9
_TARGET_SLOPE, _TARGET_OFFSET, _TARGET_DEVIATION = 1.01, 0.8, 2.9


def sentence_lengths(pairs: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the words of random sources and targets, both (pairs,), distributed like those of IWSLT14.

    The length of a source is gamma-distributed; its target's is linear in it with a normal error; both in 1..50.
    """
    shape = (_SOURCE_MEAN / _SOURCE_DEVIATION) ** 2
    sources = generator.gamma(shape, _SOURCE_MEAN / shape, pairs)
    targets = _TARGET_SLOPE * sources + _TARGET_OFFSET + generator.normal(0.0, _TARGET_DEVIATION, pairs)
    return _whole(sources), _whole(targets)


def random_batch(
    pairs: int, target_words: float, source_vocabulary: int, target_vocabulary: int, device: torch.device
) -> Batch:
    """Return a typical batch: of an epoch of 50 batches in the real order, the one with the most typical length.

    Args:
        pairs: B.
        target_words: mean words of a target that the batch should have.
        source_vocabulary: ids of the sources.
        target_vocabulary: ids of the references.
        device: of the batch.
    """
    generator = numpy_generator(_SEED, "benchmark batches")
    sources, targets = sentence_lengths(pairs * _BATCHES, generator)
    split = Split(_side(sources, source_vocabulary, generator), _side(targets, target_vocabulary, generator))
    order = training_order(split, pairs, _SEED, epoch=0)
    return split.batch(min(order, key=lambda indices: abs(targets[indices].mean() - target_words)), device)


def _whole(lengths: np.ndarray) -> np.ndarray:
    """Return lengths as whole numbers in 1..50."""
    return np.clip(np.round(lengths), 1, LONGEST).astype(np.int64)


def _side(lengths: np.ndarray, vocabulary: int, generator: np.random.Generator) -> Side:
    """Return sentences of the given words, (sentences,), each word uniform over the vocabulary."""
    ids = generator.integers(EOS + 1, vocabulary, lengths.sum(), dtype=np.int32)
    return Side(ids, np.concatenate(([0], lengths.cumsum())))
