"""Reward augmented maximum likelihood (§2.1, App. B.1)."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives import token_losses
from erac_vaml.training.stages.actor import ActorStage
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.proposals import propose


class RamlStage(ActorStage):
    """Trains an actor from scratch on n-gram replacements of the references, weighted by their pay-off."""

    def __init__(self, context: Context, actor: SequenceToSequence) -> None:
        """Take an initialised actor."""
        super().__init__(context, actor, context.settings.raml)

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        actor = self.network
        # y^(1) … y^(M) with the weights exp(R/τ) / Σ exp(R/τ)
        proposals = propose(batch, self._context.settings.raml, self._context, generator)
        # −log P_θ(y_t^(i) | y_1^(i)t−1, x*) of every token
        memory = actor.encode(batch.source, batch.source_lengths).repeat(proposals.samples)
        features = actor.features_with_dropout(memory, proposals.sequences, generator)
        losses = actor.output.at(proposals.mask, token_losses, features, proposals.sequences)
        # The objective of App. B.1, Σ_i w_i Σ_t
        loss = proposals.weighted_loss(losses)
        self._optimiser.update(loss)
        return loss.detach()
