"""Maximum likelihood training of the actor (§1; Table 6, "Pre-train Actor")."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.mle import mle_loss
from erac_vaml.training.stages.actor import ActorStage
from erac_vaml.training.stages.base import Context


def reference_loss(actor: SequenceToSequence, batch: Batch, generator: torch.Generator) -> Tensor:
    """Return the actor's negative log-likelihood of the references, with its dropout on."""
    sequences = batch.references
    noise = actor.dropout_noise(sequences.shape[0], sequences.shape[1], generator)
    logits = actor.logits(actor.encode(batch.source, batch.source_lengths), sequences, noise)
    mask = length_mask(batch.reference_lengths, sequences.shape[1])
    return mle_loss(torch.log_softmax(logits, dim=-1), sequences, mask)


class MleStage(ActorStage):
    """Trains an actor from scratch to maximise the likelihood of the references."""

    def __init__(self, context: Context, actor: SequenceToSequence) -> None:
        """Take an initialised actor."""
        super().__init__(context, actor, context.settings.mle)

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        loss = reference_loss(self.network, batch, generator)
        self._optimiser.update(loss)
        return loss.detach()
