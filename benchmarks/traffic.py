"""The bytes that a step must move: the lower bound on a device whose arithmetic is fast enough."""

from collections.abc import Iterable

import torch
from torch import nn

from benchmarks.timing import milliseconds
from erac_vaml.config.settings import Stage
from erac_vaml.operations.work.product import Product

_NUMBER = 4
"""Bytes of a float32."""


def trained_bytes(network: nn.Module, settings: Stage) -> int:
    """Return the bytes of an optimisation step: parameters, gradients and moments, each read once and written once.

    Adam without a first moment (β1 = 0) keeps one moment. SGD must touch only the embeddings of the batch's words: none
    are counted.
    """
    if settings.optimizer == "sgd":
        return 4 * fixed_bytes(network)
    moments = 2 if settings.adam_beta1 > 0.0 else 1
    return (4 + 2 * moments) * _parameter_bytes(network)


def fixed_bytes(network: nn.Module) -> int:
    """Return the bytes of a network that is read and not trained, without its embeddings."""
    embeddings = (module for module in network.modules() if isinstance(module, nn.Embedding))
    return _parameter_bytes(network) - sum(map(_parameter_bytes, embeddings))


def target_bytes(network: nn.Module) -> int:
    """Return the bytes of a target critic: read once, then moved towards the critic, which is in the cache."""
    return fixed_bytes(network) + 2 * _parameter_bytes(network)


def score_bytes(products: Iterable[Product], vocabulary: int) -> int:
    """Return the bytes of the arrays of scores of all words, each moved once."""
    return sum(
        _NUMBER * product.count * product.shape.rows * vocabulary
        for product in products
        if product.direction == "forward" and product.shape.columns == vocabulary
    )


def copy_bandwidth(device: torch.device) -> float:
    """Return the bytes that a copy of a large array reads and writes in a second on a device."""
    source = torch.rand(2**26, device=device)
    copy = torch.empty_like(source).copy_(source)
    fastest = min(milliseconds(lambda: copy.copy_(source), device) for _ in range(5))
    return 1e3 * 2 * source.numel() * _NUMBER / fastest


def _parameter_bytes(module: nn.Module) -> int:
    return _NUMBER * sum(parameter.numel() for parameter in module.parameters())
