"""Value augmented maximum likelihood, VAML's second phase (§4.1, Algorithm 2)."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import with_bos
from erac_vaml.networks import rows
from erac_vaml.networks.rows import Rows
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.raml import raml_loss
from erac_vaml.objectives.vaml import target_losses, token_target
from erac_vaml.training.stages.actor import ActorStage
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.mle import losses_of_tokens
from erac_vaml.training.stages.proposals import weighted_sequences


class VamlStage(ActorStage):
    """Trains an actor from scratch towards the token-level target of a fixed Q-network (Eq. 17)."""

    def __init__(self, context: Context, actor: SequenceToSequence, q_network: SequenceToSequence) -> None:
        """Take an initialised actor and a trained Q-network."""
        super().__init__(context, actor, context.settings.vaml)
        self._q_network = q_network
        self._tau = context.settings.q_network.tau

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        settings, actor = self._context.settings, self.network
        vocabulary_size = len(self._context.dataset.target_vocabulary)
        proposal = weighted_sequences(batch, settings.vaml, settings.rewards, vocabulary_size, generator)
        pairs, samples, length = proposal.sequences.shape
        sequences = proposal.sequences.reshape(pairs * samples, length)
        mask = proposal.mask.reshape(pairs * samples, length)
        choose_target = torch.rand(sequences.shape, generator=generator, device=sequences.device) < settings.vaml.kappa
        memory = actor.encode(batch.source, batch.source_lengths).repeat(samples)
        features = actor.features(memory, sequences, actor.dropout_noise(pairs * samples, length, generator))
        with torch.no_grad():
            reference_memory = self._q_network.encode(with_bos(batch.references), batch.reference_lengths + 1)
            q_features = self._q_network.features(reference_memory.repeat(samples), sequences)
        losses = self._losses(features, q_features, sequences, choose_target, mask).view(pairs, samples, length)
        loss = raml_loss(proposal.weights, losses, proposal.mask)
        self._optimiser.update(loss)
        return loss.detach()

    def _losses(
        self, features: Tensor, q_features: Tensor, sequences: Tensor, choose_target: Tensor, mask: Tensor
    ) -> Tensor:
        """Return J_κ (R, T) of every token: against the Q-network's target where that is chosen (App. B.2).

        Args:
            features: (R, T, H) of the actor.
            q_features: (R, T, H) of the Q-network in the same states.
            sequences: (R, T) words EOS PAD.
            choose_target: (R, T) bool, z of every token.
            mask: (R, T) bool, True at tokens up to and including EOS.
        """
        output = self.network.output
        if rows.shapes_follow_values(mask):
            chosen = Rows.of(mask & choose_target)
            targets = self._targets(chosen.select(q_features))
            towards_target = chosen.restore(output.rows(target_losses, chosen.select(features), targets))
            towards_token = losses_of_tokens(self.network, features, sequences, mask & ~choose_target)
            return towards_target.where(choose_target, towards_token)
        # Where all rows are computed, one pass: the other tokens' target is the token itself.
        targets, z = self._targets(q_features.flatten(0, 1)), choose_target.view(-1, 1).to(features.dtype)
        targets.mul_(z).scatter_add_(1, sequences.view(-1, 1), 1.0 - z)
        return output.rows(target_losses, features.flatten(0, 1), targets).view_as(mask)

    @torch.no_grad()
    def _targets(self, q_features: Tensor) -> Tensor:
        """Return the token-level targets (N, V) in the states of the Q-network's features (N, H)."""
        return token_target(self._q_network.output(q_features), self._tau)
