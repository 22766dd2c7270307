"""Reward augmented maximum likelihood (§2.1, App. B.1)."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.raml import raml_loss
from erac_vaml.training.stages.actor import ActorStage
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.mle import losses_of_tokens
from erac_vaml.training.stages.proposals import weighted_sequences


class RamlStage(ActorStage):
    """Trains an actor from scratch on n-gram replacements of the references, weighted by their pay-off."""

    def __init__(self, context: Context, actor: SequenceToSequence) -> None:
        """Take an initialised actor."""
        super().__init__(context, actor, context.settings.raml)

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        settings, actor = self._context.settings, self.network
        vocabulary_size = len(self._context.dataset.target_vocabulary)
        proposal = weighted_sequences(batch, settings.raml, settings.rewards, vocabulary_size, generator)
        rows, samples, length = proposal.sequences.shape
        sequences = proposal.sequences.reshape(rows * samples, length)
        memory = actor.encode(batch.source, batch.source_lengths).repeat(samples)
        features = actor.features(memory, sequences, actor.dropout_noise(rows * samples, length, generator))
        losses = losses_of_tokens(actor, features, sequences, proposal.mask.reshape(rows * samples, length))
        loss = raml_loss(proposal.weights, losses.view(rows, samples, length), proposal.mask)
        self._optimiser.update(loss)
        return loss.detach()
