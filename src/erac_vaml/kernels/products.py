"""Matrix products by the faster of PyTorch's two CPU libraries.

PyTorch computes float32 products with MKL, which has no fast kernels for many CPUs. oneDNN, which PyTorch uses for
LSTMs and compiled linear layers, has them, but only a private operator gives access to it.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from erac_vaml.kernels import is_on

_LARGE = 1_000_000
"""Number of multiplications from which oneDNN's product is faster; it takes longer to start."""

_onednn = getattr(torch.ops.mkldnn, "_linear_pointwise", None) if torch.backends.mkldnn.is_available() else None


def product(left: Tensor, right: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return `left @ right` (N, M) of (N, K) and (K, M), plus a bias (M), without a graph.

    Either matrix may be a transposed view.
    """
    if not _takes(left, right):
        return left @ right if bias is None else torch.addmm(bias, left, right)
    result: Tensor = _onednn(left, right.t(), bias, "none", [], "")  # type: ignore[misc]
    return result


def linear(features: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return `torch.nn.functional.linear` (…, V) of features (…, H), weight (V, H) and bias (V), with a graph."""
    flat = features.reshape(features.shape[:-1].numel(), weight.shape[1])
    if not _takes(flat, weight):
        return functional.linear(features, weight, bias)
    outputs: Tensor = _Linear.apply(flat, weight, bias)  # type: ignore[no-untyped-call]
    return outputs.view(*features.shape[:-1], len(weight))


def gram(weight: Tensor) -> Tensor:
    """Return `weight.t() @ weight` (H, H) of a weight (V, H), with a graph.

    Autograd would compute the gradients of both factors, although one is the transpose of the other.
    """
    if not _takes(weight.t(), weight):
        return weight.t() @ weight
    result: Tensor = _Gram.apply(weight)  # type: ignore[no-untyped-call]
    return result


def weight_gradient(gradients: Tensor, features: Tensor) -> Tensor:
    """Return Gᵀ X (V, H), contiguous, of gradients G (N, V) and features X (N, H), without a graph.

    It is computed as (Xᵀ G)ᵀ, so that the large matrix is read in memory order.
    """
    return product(features.t(), gradients).t().contiguous()


def _takes(left: Tensor, right: Tensor) -> bool:
    """Return whether oneDNN multiplies left (N, K) by right (K, M), or by its transpose."""
    if _onednn is None or left.device.type != "cpu" or left.dtype != torch.float32:
        return False
    return left.shape[0] * right.numel() >= _LARGE and is_on("products")


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(features, weight)
        return product(features, weight.t(), bias)

    @staticmethod
    def backward(ctx: Any, gradients: Tensor) -> tuple[Tensor | None, ...]:
        features, weight = ctx.saved_tensors
        needs_features, needs_weight, needs_bias = ctx.needs_input_grad
        return (
            product(gradients, weight) if needs_features else None,
            weight_gradient(gradients, features) if needs_weight else None,
            gradients.sum(dim=0) if needs_bias else None,
        )


class _Gram(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor) -> Tensor:
        ctx.save_for_backward(weight)
        return product(weight.t(), weight)

    @staticmethod
    def backward(ctx: Any, gradients: Tensor) -> Tensor:
        (weight,) = ctx.saved_tensors
        return product(weight, gradients + gradients.t())
