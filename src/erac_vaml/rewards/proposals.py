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
    non-special ids (so it can be the old one); EOS and PAD stay, and so does a reference without words.

    Args:
        references: (B, T) words EOS PAD.
        reference_lengths: (B,) EOS counted.
        samples: sequences to draw for each reference.
        vocabulary_size: V, special symbols counted.
        max_ngram: longest n-gram replaced.
        generator: on the device of `references`.

    Returns:
        (B, samples, T) of the same lengths as the references.
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
    """Draw references in which each word is replaced with chance `rate` (released-code A8).

    Each new word is uniform over the non-special ids; EOS and PAD stay. A draw can equal its reference.

    Args:
        references: (B, T) words EOS PAD.
        reference_lengths: (B,) EOS counted.
        samples: sequences to draw for each reference.
        vocabulary_size: V, special symbols counted.
        rate: chance of a word to be replaced.
        generator: on the device of `references`.

    Returns:
        (B, samples, T) of the same lengths as the references.
    """
    batch, length = references.shape
    positions = torch.arange(length, device=references.device)
    chance = torch.rand(batch, samples, length, generator=generator, device=references.device)
    replaced = (chance < rate) & (positions < (reference_lengths - 1)[:, None, None])
    return _replace(references, replaced, vocabulary_size, generator)


def with_reference(proposals: Tensor, references: Tensor) -> Tensor:
    """Return (B, M, T): the proposals (B, M − 1, T), then the reference (B, T) as the M-th (Algorithm 1, line 3)."""
    return torch.cat([proposals, references[:, None, :]], dim=1)


def _uniform_integers(bounds: Tensor, samples: int, generator: torch.Generator) -> Tensor:
    """Return (B, samples) integers uniform in 0..bound − 1; 0 where the bound, (B, 1) or (B, samples), is 0."""
    chance = torch.rand(bounds.shape[0], samples, generator=generator, device=bounds.device)
    return (chance * bounds).long()


def _replace(references: Tensor, replaced: Tensor, vocabulary_size: int, generator: torch.Generator) -> Tensor:
    """Return (B, samples, T): references (B, T) with random words where `replaced` (B, samples, T) is true."""
    new = torch.randint(EOS + 1, vocabulary_size, replaced.shape, generator=generator, device=references.device)
    return torch.where(replaced, new, references[:, None, :])
