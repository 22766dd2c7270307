"""Bi-directional LSTM encoder (§6.1; released-code B5)."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    """Embeds and reads a batch in both directions; each direction has half of the decoder's units."""

    def __init__(self, vocabulary_size: int, embedding: int, units: int, layers: int) -> None:
        """Build for states of `units`, the two directions together."""
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding)
        self.lstm = nn.LSTM(embedding, units // 2, layers, bidirectional=True, batch_first=True)

    def forward(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode ids (B, S) of `lengths` (B,), each at least 1.

        Returns:
            The states (B, S, H), zero at padding, and the hidden and cell states (layers, B, H) that the decoder
            starts from: each layer's last forward and last backward state side by side (released-code B5).
        """
        # Packing keeps the backward direction from starting in the padding. It plans its kernel calls on the host, so
        # it needs the lengths there: the one copy from the device in a forward pass.
        packed = pack_padded_sequence(self.embedding(ids), lengths.cpu(), batch_first=True, enforce_sorted=False)
        outputs, (hidden, cell) = self.lstm(packed)
        states, _ = pad_packed_sequence(outputs, batch_first=True, total_length=ids.shape[1])
        return states, _join_directions(hidden), _join_directions(cell)


def _join_directions(last: Tensor) -> Tensor:
    """Turn last states (layers·2, B, H/2) into (layers, B, H)."""
    return torch.cat(last.unflatten(0, (-1, 2)).unbind(dim=1), dim=-1)
