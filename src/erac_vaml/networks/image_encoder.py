"""What an image gives a caption's decoder (Vinyals et al., 2015; §6.1)."""

import torch
from torch import Tensor, nn

from erac_vaml.networks.linear import Linear


class ImageEncoder(nn.Module):
    """Projects an image's features to the states that the decoder starts from; there is nothing to attend to.

    The hidden state goes through tanh, because that of an LSTM lies between −1 and 1; the cell is unbounded. NIC shows
    the image to its decoder as a first input instead; the paper says that it initialises the decoder (§6.1).
    """

    def __init__(self, features: int, units: int, layers: int) -> None:
        """Build for `features` numbers an image, and decoder states of `units`."""
        super().__init__()
        self.layers = layers
        self.project = Linear(features, 2 * layers * units)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Project features (B, D); the `lengths` of images say nothing.

        Returns:
            No states, (B, 0, H), and the hidden and cell states (layers, B, H) that the decoder starts from.
        """
        states = self.project(features).unflatten(1, (2, self.layers, -1)).permute(1, 2, 0, 3).contiguous()
        hidden, cell = states.unbind()
        return features.new_zeros(len(features), 0, hidden.shape[-1]), torch.tanh(hidden), cell
