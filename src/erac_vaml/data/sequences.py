"""Masks and shifts of padded sequences (words EOS PAD, batch first)."""

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import BOS


def length_mask(lengths: Tensor, size: int) -> Tensor:
    """Return a mask (B, size) bool, True at the first `lengths` (B,) positions of each row."""
    return torch.arange(size, device=lengths.device) < lengths.unsqueeze(1)


def with_bos(sequences: Tensor) -> Tensor:
    """Return sequences (B, T) after BOS, (B, T + 1), as critic and Q-network read them (released-code B6)."""
    return torch.cat((torch.full_like(sequences[:, :1], BOS), sequences), dim=1)


def shift_right(sequences: Tensor) -> Tensor:
    """Return the decoder's inputs (B, T) for sequences (B, T): BOS, then all tokens but the last."""
    return with_bos(sequences)[:, :-1]
