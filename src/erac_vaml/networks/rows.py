"""The positions of padded sequences at which the output layer is computed."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.data import shapes

_MULTIPLE = 64
"""Rows are filled up to a multiple of this, because oneDNN compiles each new shape, which takes a millisecond."""


@dataclass(frozen=True)
class Rows:
    """A selection of positions in R sequences of T tokens, in a given order."""

    shape: tuple[int, int]
    """(R, T)"""
    places: Tensor | None
    """(N,) position t of sequence r as r·T + t, all different; None: all R·T positions in order."""

    @classmethod
    def of(cls, mask: Tensor) -> "Rows":
        """Return the positions where the mask (R, T) is true, filled up to a multiple of 64; on a GPU all positions."""
        shape = (mask.shape[0], mask.shape[1])
        if not shapes.follow_values(mask):
            return cls(shape, None)
        return cls(shape, fill_up(mask.flatten().nonzero().squeeze(1), mask))

    def select(self, values: Tensor) -> Tensor:
        """Return the rows (N, …) of values (R, T, …)."""
        flat = values.flatten(0, 1)
        return flat if self.places is None else flat.index_select(0, self.places)

    def restore(self, values: Tensor) -> Tensor:
        """Return values (N,) at their positions in an array (R, T) that is zero elsewhere."""
        if self.places is not None:
            values = values.new_zeros(self.shape[0] * self.shape[1]).scatter(0, self.places, values)
        return values.view(self.shape)


def fill_up(places: Tensor, mask: Tensor) -> Tensor:
    """Return the places (N,) where the mask (R, T) is true, followed by places where it is false, to a multiple of 64.

    If there are too few places where it is false, return all places.
    """
    missing = -len(places) % _MULTIPLE
    return torch.cat((places, (~mask).flatten().nonzero().squeeze(1)[:missing]))
