"""Value augmented maximum likelihood, VAML's second phase (§4.1, Algorithm 2)."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import with_bos
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.vaml import vaml_loss
from erac_vaml.training.stages.actor import ActorStage
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.proposals import weighted_sequences


class VamlStage(ActorStage):
    """Trains an actor from scratch towards the token-level target of a fixed Q-network (Eq. 17)."""

    def __init__(self, context: Context, actor: SequenceToSequence, q_network: SequenceToSequence) -> None:
        """Take an initialised actor and a trained Q-network."""
        super().__init__(context, actor, context.settings.vaml)
        self._q_network = q_network

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        settings, actor = self._context.settings, self.network
        vocabulary_size = len(self._context.dataset.target_vocabulary)
        proposal = weighted_sequences(batch, settings.vaml, settings.rewards, vocabulary_size, generator)
        rows, samples, length = proposal.sequences.shape
        sequences = proposal.sequences.reshape(rows * samples, length)
        uniform = torch.rand(proposal.sequences.shape, generator=generator, device=sequences.device)
        with torch.no_grad():
            reference_memory = self._q_network.encode(with_bos(batch.references), batch.reference_lengths + 1)
            q = self._q_network.logits(reference_memory.repeat(samples), sequences)
        memory = actor.encode(batch.source, batch.source_lengths).repeat(samples)
        logits = actor.logits(memory, sequences, actor.dropout_noise(rows * samples, length, generator))
        loss = vaml_loss(
            proposal.weights,
            q.view(rows, samples, length, -1),
            torch.log_softmax(logits, dim=-1).view(rows, samples, length, -1),
            proposal.sequences,
            uniform < settings.vaml.kappa,
            proposal.mask,
            settings.q_network.tau,
        )
        self._optimiser.update(loss)
        return loss.detach()
