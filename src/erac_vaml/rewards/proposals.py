"""Off-policy sequences near the reference: the proposals of RAML, of VAML and of soft Q-learning (App. B)."""

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import EOS


def ngram_replacement(
    references: Tensor,
    reference_lengths: Tensor,
    samples: int,
    vocabulary_size: int,
    max_ngram: int,
    generator: torch.Generator,
) -> Tensor:
    """Draw from P_ngram: references with one n-gram replaced by random words (App. B.1; Ma et al., 2017).

    n is uniform in 1..min(max_ngram, words), the n-gram's position is uniform, and each new word is uniform over the
    non-special ids, so that it can equal the old word. EOS, PAD and a reference without words stay unchanged.

    Args:
        references: (B, T) words EOS PAD.
        reference_lengths: (B,) number of tokens, EOS included.
        samples: number of sequences to draw for each reference.
        vocabulary_size: V, special symbols included.
        max_ngram: length of the longest n-gram that is replaced.
        generator: source of the draws, on the device of `references`.

    Returns:
        (B, samples, T), with the lengths of the references.
    """
    words = (reference_lengths - 1)[:, None]
    n = 1 + _uniform_integers(words.clamp(max=max_ngram), samples, generator)
    start = _uniform_integers(words - n + 1, samples, generator)[..., None]
    positions = torch.arange(references.shape[1], device=references.device)
    replaced = (positions >= start) & (positions < start + n[..., None]) & (positions < words[..., None])
    return _replace(references, replaced, vocabulary_size, generator)


def token_corruption(
    references: Tensor,
    reference_lengths: Tensor,
    samples: int,
    vocabulary_size: int,
    rate: float,
    generator: torch.Generator,
) -> Tensor:
    """Draw references in which each word is replaced with probability `rate` (released-code A8).

    Each new word is uniform over the non-special ids. EOS and PAD stay unchanged. A draw can equal its reference.

    Args:
        references: (B, T) words EOS PAD.
        reference_lengths: (B,) number of tokens, EOS included.
        samples: number of sequences to draw for each reference.
        vocabulary_size: V, special symbols included.
        rate: probability of each word to be replaced.
        generator: source of the draws, on the device of `references`.

    Returns:
        (B, samples, T), with the lengths of the references.
    """
    batch, length = references.shape
    positions = torch.arange(length, device=references.device)
    chance = torch.rand(batch, samples, length, generator=generator, device=references.device)
    replaced = (chance < rate) & (positions < (reference_lengths - 1)[:, None, None])
    return _replace(references, replaced, vocabulary_size, generator)


def with_reference(proposals: Tensor, references: Tensor) -> Tensor:
    """Return (B, M, T): the proposals (B, M − 1, T) and the reference (B, T) as the M-th (Algorithm 1, line 3)."""
    return torch.cat([proposals, references[:, None, :]], dim=1)


def _uniform_integers(bounds: Tensor, samples: int, generator: torch.Generator) -> Tensor:
    """Return integers (B, samples), uniform in 0..bound − 1, or 0 if the bound is 0; bounds (B, 1) or (B, samples)."""
    chance = torch.rand(bounds.shape[0], samples, generator=generator, device=bounds.device)
    return (chance * bounds).long()


def _replace(references: Tensor, replaced: Tensor, vocabulary_size: int, generator: torch.Generator) -> Tensor:
    """Return (B, samples, T): references (B, T) with random words where `replaced` (B, samples, T) is true."""
    new = torch.randint(EOS + 1, vocabulary_size, replaced.shape, generator=generator, device=references.device)
    return torch.where(replaced, new, references[:, None, :])
