"""The positions of padded sequences at which the output layer is computed."""

from dataclasses import dataclass

import torch
from torch import Tensor

_MULTIPLE = 64
"""Rows are filled up to a multiple of it: oneDNN compiles a product of a new shape, for about a millisecond."""


def shapes_follow_values(values: Tensor) -> bool:
    """Return whether what is not needed may be left out of an array: on a CPU.

    A GPU's host would wait for the device to know how much is left, and a step whose shapes change cannot be captured.
    """
    return values.device.type == "cpu"


@dataclass(frozen=True)
class Rows:
    """Some positions of R sequences of T tokens, in some order."""

    shape: tuple[int, int]
    """(R, T)"""
    places: Tensor | None
    """(N,) position t of sequence r as r·T + t, all different; None: all R·T in that order."""

    @classmethod
    def of(cls, mask: Tensor) -> "Rows":
        """Return the positions at which the mask (R, T) is true, and a few of the others; on a GPU all.

        Padding is not computed, but for what fills the rows up to a multiple of 64.
        """
        shape = (mask.shape[0], mask.shape[1])
        if not shapes_follow_values(mask):
            return cls(shape, None)
        return cls(shape, fill_up(mask.flatten().nonzero().squeeze(1), mask))

    def select(self, values: Tensor) -> Tensor:
        """Return the rows (N, …) of values (R, T, …)."""
        flat = values.flatten(0, 1)
        return flat if self.places is None else flat.index_select(0, self.places)

    def restore(self, values: Tensor) -> Tensor:
        """Return values (N,) in their places, (R, T); zero elsewhere."""
        if self.places is not None:
            values = values.new_zeros(self.shape[0] * self.shape[1]).scatter(0, self.places, values)
        return values.view(self.shape)


def fill_up(places: Tensor, mask: Tensor) -> Tensor:
    """Return the places (N,), those at which the mask (R, T) is true, and behind them some at which it is not.

    They are a multiple of 64, or as many as there are.
    """
    missing = -len(places) % _MULTIPLE
    return torch.cat((places, (~mask).flatten().nonzero().squeeze(1)[:missing]))
