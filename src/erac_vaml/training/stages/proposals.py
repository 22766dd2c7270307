"""The weighted off-policy sequences that RAML and VAML train on (App. B.1 and B.2)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.config.settings import Raml
from erac_vaml.data.batches import Batch
from erac_vaml.objectives import importance_weights, weighted_sequence_loss
from erac_vaml.rewards import ngram_replacement, with_reference
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.payoff import prefix_payoffs


@dataclass(frozen=True)
class Proposals:
    """M sequences for each of B pairs, the reference last; row r belongs to pair r // M."""

    sequences: Tensor
    """(B·M, T) words EOS PAD."""
    mask: Tensor
    """(B·M, T) bool, True at tokens up to and including EOS."""
    weights: Tensor
    """(B, M) importance weights, summing to 1 over M."""

    @property
    def samples(self) -> int:
        """M."""
        return self.weights.shape[1]

    def weighted_loss(self, losses: Tensor) -> Tensor:
        """Return Σ_i w_i Σ_t of the tokens' losses (B·M, T), averaged over the pairs, ()."""
        shape = self.weights.shape
        return weighted_sequence_loss(losses.unflatten(0, shape), self.mask.unflatten(0, shape), self.weights)


def propose(batch: Batch, settings: Raml, context: Context, generator: torch.Generator) -> Proposals:
    """Return the references and M − 1 n-gram replacements of each, weighted by exp(R/τ) (App. B.1).

    Args:
        batch: B pairs.
        settings: settings of the stage, RAML or VAML.
        context: settings and data of the run.
        generator: source of the replacements.
    """
    replaced = ngram_replacement(
        batch.references,
        batch.reference_lengths,
        settings.samples - 1,
        len(context.dataset.target_vocabulary),
        settings.max_ngram,
        generator,
    )
    sequences = with_reference(replaced, batch.references).flatten(0, 1)
    payoff = prefix_payoffs(sequences, batch, context, settings.scale_by_length)
    # The pay-off is constant from EOS on: the last column is the pay-off of the whole sequence.
    weights = importance_weights(payoff[:, -1].unflatten(0, (-1, settings.samples)), settings.tau)
    # A replacement has the length of its reference.
    return Proposals(sequences, batch.reference_mask.repeat_interleave(settings.samples, dim=0), weights)
