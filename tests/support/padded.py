"""Lists of words as padded batches."""

import torch

from erac_vaml.data.vocabulary import EOS, PAD


def padded(sentences: list[list[int]], finished: bool = True, extra: int = 0) -> torch.Tensor:
    """Word lists -> (N, longest + extra) words EOS PAD."""
    rows = [[*words, EOS] if finished else list(words) for words in sentences]
    width = max((len(row) for row in rows), default=0) + extra
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows], dtype=torch.int64).view(len(rows), width)
