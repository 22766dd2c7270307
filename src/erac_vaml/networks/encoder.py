"""Bi-directional LSTM encoder (§6.1; released-code B5)."""

import warnings

import torch
from torch import Tensor, nn

from erac_vaml.data.sequences import length_mask

_SHUT = 1e4
"""Added to a gate's input, it makes the sigmoid exactly 0 or 1 in float32 and float64."""


class Encoder(nn.Module):
    """Embeds a batch and reads it in both directions; each direction has half of the decoder's units.

    The backward direction must not start in the padding. PyTorch's packed sequences avoid that with one small kernel
    call for each step. Here each layer's input has an additional column, 1 at padding. Its constant weights close the
    input gate and open the forget gate, so that the cell keeps its value through the padding (zero before the first
    real token). Both directions then run through all steps in one fused call that needs no lengths.
    """

    def __init__(self, vocabulary_size: int, embedding: int, units: int, layers: int) -> None:
        """Build an encoder with states of width `units`, both directions together."""
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding)
        self.lstm = nn.LSTM(embedding, units // 2, layers, bidirectional=True, batch_first=True)

    def forward(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode ids (B, S) of `lengths` (B,), each at least 1.

        Returns:
            The states (B, S, H), zero at padding, and the hidden and cell states (layers, B, H) that the decoder
            starts from: each layer's last forward and last backward state side by side (released-code B5).
        """
        states = self.embedding(ids)
        padding = ~length_mask(lengths, ids.shape[1]).unsqueeze(-1)
        half = self.lstm.hidden_size
        last = (lengths - 1).view(-1, 1, 1).expand(-1, 1, half)
        zeros = states.new_zeros(2, len(ids), half)
        hidden, cells = [], []
        for layer in range(self.lstm.num_layers):
            states = torch.cat((states, padding.to(states.dtype)), dim=-1)
            weights = self._weights(layer, "") + self._weights(layer, "_reverse")
            with warnings.catch_warnings():
                # cuDNN copies weights that do not lie in one array. These are made anew at every step in any case.
                warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous chunk")
                states, hidden_at_end, cell = torch.lstm(
                    states, (zeros, zeros), weights, True, 1, 0.0, torch.is_grad_enabled(), True, True
                )
            # The cell keeps its value through the padding after a sentence; the hidden state does not.
            forward_hidden = states[..., :half].gather(1, last).squeeze(1)
            hidden.append(torch.cat((forward_hidden, hidden_at_end[1]), dim=-1))
            cells.append(torch.cat((cell[0], cell[1]), dim=-1))
        return states.masked_fill(padding, 0.0), torch.stack(hidden), torch.stack(cells)

    def _weights(self, layer: int, direction: str) -> list[Tensor]:
        """Return the parameters of a direction; the input weights have the column that freezes the cell at padding."""
        name = f"l{layer}{direction}"
        weight = getattr(self.lstm, f"weight_ih_{name}")
        gates = weight.new_zeros(4, self.lstm.hidden_size)
        gates[0], gates[1] = -_SHUT, _SHUT  # input gate, forget gate; then the cell's input and the output gate
        weight = torch.cat((weight, gates.view(-1, 1)), dim=1)
        return [weight, *(getattr(self.lstm, f"{kind}_{name}") for kind in ("weight_hh", "bias_ih", "bias_hh"))]
