"""The weighted off-policy sequences that RAML and VAML train on (App. B.1 and B.2)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.config.settings import Raml, Rewards
from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask
from erac_vaml.rewards.payoff import payoffs
from erac_vaml.rewards.proposals import ngram_replacement, with_reference
from erac_vaml.rewards.weights import importance_weights


@dataclass(frozen=True)
class WeightedSequences:
    """M sequences for each pair, the reference last."""

    sequences: Tensor
    """(B, M, T) ids."""
    mask: Tensor
    """(B, M, T) bool, true up to `eos`."""
    weights: Tensor
    """(B, M) importance weights, summing to one over M."""


def weighted_sequences(
    batch: Batch, settings: Raml, rewards: Rewards, vocabulary_size: int, generator: torch.Generator
) -> WeightedSequences:
    """Return the reference and M − 1 n-gram replacements of it, weighted by softmax(R/τ) (App. B.1)."""
    references = batch.references
    replaced = ngram_replacement(
        references, batch.reference_lengths, settings.samples - 1, vocabulary_size, settings.max_ngram, generator
    )
    sequences = with_reference(replaced, references)
    rows, samples, length = sequences.shape
    payoff = payoffs(
        sequences.reshape(rows * samples, length),
        batch.payoff_references.repeat_interleave(samples, dim=0),
        smoothing=rewards.smoothing,
        unknown_matches=rewards.unknown_matches,
        scale_by_length=settings.scale_by_length,
    )
    # Replacements are as long as the reference, so the mask is the reference's; the last column is the whole sequence.
    mask = length_mask(batch.reference_lengths, length).unsqueeze(1).expand(rows, samples, length)
    return WeightedSequences(sequences, mask, importance_weights(payoff[:, -1].view(rows, samples), settings.tau))
