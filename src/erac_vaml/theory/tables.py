"""Row functions of tables: what the objectives need of scores that are parameters themselves."""

from functools import cache

import torch
from torch import Tensor

from erac_vaml.networks.output import OutputLayer, RowFunction


def values_of(function: RowFunction, scores: Tensor, *arguments: Tensor) -> Tensor:
    """Return a row function's values (…) of scores (…, A), with the gradient that it writes.

    The scores and the arguments (…, …) are left as they are.
    """
    size = scores.shape[-1]
    rows = [argument.reshape(-1, *argument.shape[scores.dim() - 1 :]).clone() for argument in arguments]
    return _identity(size, scores.dtype).rows(function, scores.reshape(-1, size), *rows).view(scores.shape[:-1])


@cache
def _identity(size: int, dtype: torch.dtype) -> OutputLayer:
    """Return an output layer whose scores are its features."""
    layer = OutputLayer(size, size, dtype=dtype).requires_grad_(False)
    layer.weight.copy_(torch.eye(size))
    layer.bias.zero_()
    return layer
