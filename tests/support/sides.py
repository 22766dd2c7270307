"""Sides of splits, made from lists of ids."""

from collections.abc import Sequence

import numpy as np

from erac_vaml.data.sides import Side


def side_of(sentences: Sequence[Sequence[int]]) -> Side:
    """Return a side with these sentences."""
    ids = [number for sentence in sentences for number in sentence]
    return Side(np.array(ids, np.int32), np.cumsum([0, *map(len, sentences)], dtype=np.int64))
