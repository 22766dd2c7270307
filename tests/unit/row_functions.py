"""Row functions under autograd: through an output layer whose scores are its features."""

import torch
from torch import Tensor

from erac_vaml.networks.output import OutputLayer, RowFunction


def values_of(function: RowFunction, scores: Tensor, *arguments: Tensor) -> Tensor:
    """Return a row function's values (…) of scores (…, V), with the gradient that it writes.

    The scores and the arguments (…, …) are left as they are.
    """
    size = scores.shape[-1]
    layer = OutputLayer(size, size).to(scores.dtype)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(size))
        layer.bias.zero_()
    rows = [argument.reshape(-1, *argument.shape[scores.dim() - 1 :]).clone() for argument in arguments]
    return layer.rows(function, scores.reshape(-1, size), *rows).view(scores.shape[:-1])
