"""The encoder of captioning: image features to the decoder's first state (Vinyals et al., 2015; §6.1)."""

import torch
from torch import Tensor, nn

from erac_vaml.networks.linear import Linear


class ImageEncoder(nn.Module):
    """Projects an image's features to the decoder's first hidden state and cell; there are no states to attend to.

    The hidden state goes through tanh, because the hidden state of an LSTM is between −1 and 1; the cell is unbounded.
    NIC gives the image to the decoder as its first input, but the paper initialises the decoder with it (§6.1).
    """

    def __init__(self, features: int, units: int, layers: int) -> None:
        """Build an encoder for `features` numbers per image and decoder states of width `units`."""
        super().__init__()
        self.layers = layers
        self.project = Linear(features, 2 * layers * units)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Project features (B, D); `lengths` is ignored.

        Returns:
            No states, (B, 0, H), and the hidden and cell states (layers, B, H) that the decoder starts from.
        """
        states = self.project(features).unflatten(1, (2, self.layers, -1)).permute(1, 2, 0, 3).contiguous()
        hidden, cell = states.unbind()
        return features.new_zeros(len(features), 0, hidden.shape[-1]), torch.tanh(hidden), cell
