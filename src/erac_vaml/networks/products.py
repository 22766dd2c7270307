"""Matrix products by the faster of PyTorch's two CPU libraries, and the linear layer made of them."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_LARGE = 1_000_000
"""Multiplications from which oneDNN's product, slower to start, is the faster one."""

# PyTorch gives float32 products to MKL, which has no fast kernels for many CPUs; oneDNN, through which PyTorch runs its
# LSTMs and compiled linear layers, has them. Where this operator is missing, `@` does the work.
_onednn = getattr(torch.ops.mkldnn, "_linear_pointwise", None) if torch.backends.mkldnn.is_available() else None


def product(left: Tensor, right: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return left (N, K) times right (K, M), plus a bias (M), without a graph; either may be a transposed view."""
    if _onednn is None or not _is_large(left, right):
        return left @ right if bias is None else torch.addmm(bias, left, right)
    result: Tensor = _onednn(left, right.t(), bias, "none", [], "")
    return result


def _is_large(left: Tensor, right: Tensor) -> bool:
    """Return whether oneDNN is the faster one for left (N, K) times right (K, M), or their transposed views."""
    on_cpu = left.device.type == "cpu" and left.dtype == torch.float32
    return on_cpu and left.shape[0] * right.numel() >= _LARGE


class Linear(nn.Linear):
    """`torch.nn.Linear` through `product`."""

    def forward(self, features: Tensor) -> Tensor:
        """Return features (…, H) W + b."""
        flat = features.reshape(features.shape[:-1].numel(), self.in_features)
        if not _is_large(flat, self.weight):
            return functional.linear(features, self.weight, self.bias)
        if torch.is_grad_enabled():
            outputs: Tensor = _Linear.apply(flat, self.weight, self.bias)
        else:
            outputs = product(flat, self.weight.t(), self.bias)
        return outputs.view(*features.shape[:-1], self.out_features)


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


def central_moments(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return CᵀC (H, H), Cᵀd (H) and dᵀd () of C = W (V, H) and d = b (V) less their means over V, with a graph."""
    of_weight, of_both, of_bias = _CentralMoments.apply(weight, bias)
    return of_weight, of_both, of_bias


class _CentralMoments(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        weight, bias = weight - weight.mean(dim=0), bias - bias.mean()
        ctx.save_for_backward(weight, bias)
        return product(weight.t(), weight), bias @ weight, bias @ bias

    @staticmethod
    def backward(ctx: Any, of_weight: Tensor, of_both: Tensor, of_bias: Tensor) -> tuple[Tensor, Tensor]:
        # The means take no part: what has mean zero over V keeps it under these products.
        weight, bias = ctx.saved_tensors
        grad_weight = product(weight, of_weight + of_weight.t()).addr_(bias, of_both)
        return grad_weight, weight @ of_both + 2.0 * of_bias * bias


def weight_gradient(gradients: Tensor, features: Tensor) -> Tensor:
    """Return Gᵀ X, (V, H), of gradients (N, V) and features (N, H).

    It is made as (Xᵀ G)ᵀ, so that the large matrix is read as it lies; the optimisers want the result in order.
    """
    return product(features.t(), gradients).t().contiguous()
