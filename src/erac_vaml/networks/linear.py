"""The linear layer of all networks."""

from torch import Tensor, nn

from erac_vaml.kernels import products


class Linear(nn.Linear):
    """`torch.nn.Linear`, whose large products go through `kernels.products`."""

    def forward(self, features: Tensor) -> Tensor:
        """Return features (…, H) W + b."""
        return products.linear(features, self.weight, self.bias)
