"""The bytes that a step must move, whatever it computes: the bound of a device whose arithmetic is fast enough."""

from collections.abc import Iterable

import torch
from torch import nn

from benchmarks.shapes.products import Part
from benchmarks.timing import milliseconds
from erac_vaml.config.settings import Stage

_NUMBER = 4
"""Bytes of a float32."""


def trained_bytes(network: nn.Module, settings: Stage) -> int:
    """Return the bytes of an optimisation step: parameters, gradients and moments, each read once and written once.

    Without a first moment (β1 = 0) there is one of them. SGD must touch only those embeddings that a batch has: none
    are counted.
    """
    if settings.optimizer == "sgd":
        return 4 * _bytes(network, embeddings=False)
    moments = 2 if settings.adam_beta1 > 0.0 else 1
    return (4 + 2 * moments) * _bytes(network, embeddings=True)


def fixed_bytes(network: nn.Module) -> int:
    """Return the bytes of a network that is read and not trained, without its embeddings."""
    return _bytes(network, embeddings=False)


def target_bytes(network: nn.Module) -> int:
    """Return the bytes of a target critic: it is read, and moves towards the critic, which is in reach."""
    return fixed_bytes(network) + 2 * _bytes(network, embeddings=True)


def score_bytes(parts: Iterable[Part], vocabulary: int) -> int:
    """Return the bytes of the arrays of scores of all words, each moved once."""
    products = (product for part in parts if part.direction == "forward" for product in part.ways[0])
    return sum(
        _NUMBER * product.count * product.rows * product.columns
        for product in products
        if product.columns == vocabulary
    )


def copy_bandwidth(device: torch.device) -> float:
    """Return the bytes in a second that a copy of a large array reads and writes on a device."""
    source = torch.rand(2**26, device=device)
    copy = torch.empty_like(source).copy_(source)
    fastest = min(milliseconds(lambda: copy.copy_(source), device) for _ in range(5))
    return 1e3 * 2 * source.numel() * _NUMBER / fastest


def _bytes(network: nn.Module, *, embeddings: bool) -> int:
    """Return the bytes of a network's parameters."""
    left_out = {
        id(module.weight) for module in network.modules() if isinstance(module, nn.Embedding) and not embeddings
    }
    return _NUMBER * sum(parameter.numel() for parameter in network.parameters() if id(parameter) not in left_out)
