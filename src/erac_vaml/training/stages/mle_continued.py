"""Continued MLE, the control of joint training: the same start, optimiser, batches and schedule, but no policy loss."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.training.stages.actor import ActorStage, validate_policy
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.mle import reference_loss


class MleContinuedStage(ActorStage):
    """Trains an MLE actor further by only the second term of joint training: λ_MLE times the references' likelihood.

    It does not sample and has no critic.
    """

    def __init__(self, context: Context, actor: SequenceToSequence) -> None:
        """Take a trained actor."""
        super().__init__(context, actor, context.settings.joint)

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        actor = self.network
        memory = actor.encode(batch.source, batch.source_lengths)
        loss = self._context.settings.joint.lambda_mle * reference_loss(actor, memory, batch, generator)
        self._optimiser.update(loss)
        return loss.detach()

    def validate(self) -> dict[str, float]:
        """Return the actor's validation measures, those of its policy included."""
        return validate_policy(self.network, self._context)
