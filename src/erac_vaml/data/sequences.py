"""Masks and shifts of padded sequences (words EOS PAD, batch first)."""

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import BOS


def length_mask(lengths: Tensor, size: int) -> Tensor:
    """Return (B, size) bool, True at the first `lengths` (B,) places of each row."""
    return torch.arange(size, device=lengths.device) < lengths.unsqueeze(1)


def with_bos(sequences: Tensor) -> Tensor:
    """Return sequences (B, T) with BOS before them, (B, T + 1): what critic and Q-network read (released-code B6)."""
    return torch.cat((torch.full_like(sequences[:, :1], BOS), sequences), dim=1)


def shift_right(sequences: Tensor) -> Tensor:
    """Return the decoder's inputs (B, T) for sequences (B, T): BOS, then each token but the last."""
    return with_bos(sequences)[:, :-1]
