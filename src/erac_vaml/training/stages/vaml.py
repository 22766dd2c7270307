"""Value augmented maximum likelihood, VAML's second phase (§4.1, Algorithm 2)."""

import torch
from torch import Tensor

from erac_vaml.data import shapes
from erac_vaml.data.batches import Batch
from erac_vaml.networks.rows import Rows
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives import j_kappa, target_losses, token_losses, token_target
from erac_vaml.training.stages.actor import ActorStage
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.proposals import Proposals, propose


class VamlStage(ActorStage):
    """Trains an actor from scratch towards the token-level target of a fixed Q-network (Eq. 17)."""

    def __init__(self, context: Context, actor: SequenceToSequence, q_network: SequenceToSequence) -> None:
        """Take an initialised actor and a trained Q-network."""
        super().__init__(context, actor, context.settings.vaml)
        self._q_network = q_network
        self._tau = context.settings.q_network.tau

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one pass of Algorithm 2's loop; `batch` is the example of line 2. Return the loss () without a graph."""
        settings, actor = self._context.settings.vaml, self.network
        # Line 3: sample M − 1 sequences; the reference is the M-th. Line 4's weights are exp(R/τ) / Σ exp(R/τ).
        proposals = propose(batch, settings, self._context, generator)
        # Line 4: the loss, Σ_i w_i Σ_t J_κ; z selects the tokens that learn from the target.
        sequences = proposals.sequences
        z = torch.rand(sequences.shape, generator=generator, device=sequences.device) < settings.kappa
        memory = actor.encode(batch.source, batch.source_lengths).repeat(proposals.samples)
        features = actor.features_with_dropout(memory, sequences, generator)
        losses = self._j_kappa(features, self._q_features(batch, proposals), z, proposals)
        loss = proposals.weighted_loss(losses)
        # Line 5: update P_θ.
        self._optimiser.update(loss)
        return loss.detach()

    @torch.no_grad()
    def _q_features(self, batch: Batch, proposals: Proposals) -> Tensor:
        """Return the Q-network's features (N, T, H) of the proposals; it reads the references."""
        memory = self._q_network.encode_references(batch.references, batch.reference_lengths)
        return self._q_network.features(memory.repeat(proposals.samples), proposals.sequences)

    def _j_kappa(self, features: Tensor, q_features: Tensor, z: Tensor, proposals: Proposals) -> Tensor:
        """Return J_κ (N, T) of every token (App. B.2).

        Args:
            features: (N, T, H) the actor's features.
            q_features: (N, T, H) the Q-network's features in the same states.
            z: (N, T) bool, true where a token learns from the target.
            proposals: the sequences.
        """
        output, of_target = self.network.output, self._q_network.output.transformed
        sequences, mask = proposals.sequences, proposals.mask
        if shapes.follow_values(mask):
            chosen = Rows.of(mask & z)
            target = of_target(token_target, chosen.select(q_features), tau=self._tau)
            towards_target = chosen.restore(output.rows(target_losses, chosen.select(features), target))
            towards_token = output.at(mask & ~z, token_losses, features, sequences)
            return j_kappa(towards_target, towards_token, z)
        # If all rows are computed anyway, one pass over them gives the same J_κ.
        target = mixed_target(of_target(token_target, q_features.flatten(0, 1), tau=self._tau), sequences, z)
        return output.rows(target_losses, features.flatten(0, 1), target).view_as(mask)


def mixed_target(target: Tensor, tokens: Tensor, z: Tensor) -> Tensor:
    """Overwrite the target P_Q by the one-hot token where z is false, and return it: CE against it is J_κ.

    Args:
        target: (n, V) P_Q.
        tokens: n tokens in any shape.
        z: bool, in the shape of the tokens.
    """
    share = z.view(-1, 1).to(target)
    return target.mul_(share).scatter_add_(1, tokens.view(-1, 1), 1.0 - share)
