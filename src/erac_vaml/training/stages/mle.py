"""Maximum likelihood training of the actor (§1; Table 6, "Pre-train Actor")."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.rows import Rows
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.mle import mle_loss, token_losses
from erac_vaml.training.stages.actor import ActorStage
from erac_vaml.training.stages.base import Context


def reference_loss(actor: SequenceToSequence, memory: Memory, batch: Batch, generator: torch.Generator) -> Tensor:
    """Return the actor's negative log-likelihood of the references, with its dropout on, given the encoded sources."""
    sequences = batch.references
    mask = length_mask(batch.reference_lengths, sequences.shape[1])
    features = actor.features(memory, sequences, actor.dropout_noise(len(mask), mask.shape[1], generator))
    return mle_loss(losses_of_tokens(actor, features, sequences, mask), mask)


def losses_of_tokens(actor: SequenceToSequence, features: Tensor, sequences: Tensor, mask: Tensor) -> Tensor:
    """Return −log π(y_t) (R, T) of sequences (R, T) from their features (R, T, H); zero at padding."""
    rows = Rows.of(mask)
    return rows.restore(actor.output.rows(token_losses, rows.select(features), rows.select(sequences)))


class MleStage(ActorStage):
    """Trains an actor from scratch to maximise the likelihood of the references."""

    def __init__(self, context: Context, actor: SequenceToSequence) -> None:
        """Take an initialised actor."""
        super().__init__(context, actor, context.settings.mle)

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        actor = self.network
        loss = reference_loss(actor, actor.encode(batch.source, batch.source_lengths), batch, generator)
        self._optimiser.update(loss)
        return loss.detach()
