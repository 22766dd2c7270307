"""A split with its ids or features on a device, where its batches are made."""

import numpy as np
import torch
from torch import Tensor

from erac_vaml.data.batches import Batch, Split
from erac_vaml.data.images import Images
from erac_vaml.data.sequences import length_mask
from erac_vaml.data.sides import Side
from erac_vaml.data.vocabulary import EOS, PAD


class ResidentSplit:
    """Make the batches of `Split.batch` on the device; only the indices of the pairs are copied to it."""

    def __init__(self, split: Split, device: torch.device) -> None:
        """Copy ids and features to the device."""
        self._split = split
        source = split.source
        self._source = _Images(source, device) if isinstance(source, Images) else _Side(source, device)
        self._target = _Side(split.target, device)

    def batch(self, indices: np.ndarray, source_multiple: int = 1, reference_multiple: int = 1) -> Batch:
        """Return the pairs at `indices` (B,), each side padded to its longest sequence, rounded up to its multiple."""
        source_width = _round_up(int(self._split.source_lengths[indices].max()), source_multiple)
        source, source_lengths = self._source.padded(indices, source_width)
        references, lengths = self._references(indices, reference_multiple)
        pairs = self._split.payoff_pairs(indices)
        payoff_references, _ = self._references(pairs.ravel(), reference_multiple)
        return Batch(source, source_lengths, references, lengths, payoff_references.view(*pairs.shape, -1))

    def _references(self, indices: np.ndarray, multiple: int) -> tuple[Tensor, Tensor]:
        """Return references (B, T) of words EOS PAD, T a multiple of `multiple`, and their lengths (B,) in tokens."""
        width = _round_up(int(self._split.target_lengths[indices].max()) + 1, multiple)
        references, words = self._target.padded(indices, width)
        return references.scatter_(1, words.unsqueeze(1), EOS), words + 1


class _Side:
    def __init__(self, side: Side, device: torch.device) -> None:
        self._ids = torch.from_numpy(side.ids).to(device)
        self._offsets = torch.from_numpy(side.offsets).to(device)

    def padded(self, indices: np.ndarray, width: int) -> tuple[Tensor, Tensor]:
        """Return sentences as (B, width) int64 padded with PAD, and their lengths (B,) in words."""
        sentences = torch.from_numpy(indices).to(self._ids.device, non_blocking=True)
        starts = self._offsets[sentences]
        lengths = self._offsets[sentences + 1] - starts
        places = starts.unsqueeze(1) + torch.arange(width, device=starts.device)
        words = self._ids[places.clamp_(max=len(self._ids) - 1)].long()
        return words.masked_fill_(~length_mask(lengths, width), PAD), lengths


class _Images:
    def __init__(self, images: Images, device: torch.device) -> None:
        """Copy the features of the split's own images."""
        used, rows = np.unique(images.rows, return_inverse=True)
        self._features = torch.from_numpy(images.features[used]).to(device)
        self._rows = torch.from_numpy(rows).to(device)

    def padded(self, indices: np.ndarray, width: int) -> tuple[Tensor, Tensor]:
        """Return the features (B, D) float32 of pairs, and ones (B,); `width` does not apply to images."""
        rows = self._rows[torch.from_numpy(indices).to(self._rows.device, non_blocking=True)]
        return self._features[rows].float(), torch.ones_like(rows)


def _round_up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple
