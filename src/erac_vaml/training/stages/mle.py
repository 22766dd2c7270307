"""Maximum likelihood training of the actor (§1; Table 6, "Pre-train Actor")."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives import mle_loss, token_losses
from erac_vaml.training.stages.actor import ActorStage
from erac_vaml.training.stages.base import Context


class MleStage(ActorStage):
    """Trains an actor from scratch to maximise the likelihood of the references."""

    def __init__(self, context: Context, actor: SequenceToSequence) -> None:
        """Take an initialised actor."""
        super().__init__(context, actor, context.settings.mle)

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        memory = self.network.encode(batch.source, batch.source_lengths)
        loss = reference_loss(self.network, memory, batch, generator)
        self._optimiser.update(loss)
        return loss.detach()


def reference_loss(actor: SequenceToSequence, memory: Memory, batch: Batch, generator: torch.Generator) -> Tensor:
    """Return −log π(y* | x*) (), with the actor's dropout on, given the encoded sources."""
    mask = batch.reference_mask
    features = actor.features_with_dropout(memory, batch.references, generator)
    return mle_loss(actor.output.at(mask, token_losses, features, batch.references), mask)
