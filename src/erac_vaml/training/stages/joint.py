"""Joint training of actor and critic: AC, ERAC and ERAC without future entropy (§4.2, Algorithm 3)."""

from functools import partial

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.actor import actor_loss, policy_losses
from erac_vaml.training.optimisation import Optimiser, copy_network, update_target
from erac_vaml.training.stages.actor import validate_actor
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.mle import reference_loss
from erac_vaml.training.stages.rollout import Rollout, critic_features, critic_loss, critic_target, roll_out


class JointStage:
    """Trains an actor by the critic's action values, and the critic to evaluate the changing actor (Eqs. 18 to 20).

    AC is τ = 0. Without future entropy τ stays in the actor's term and leaves the critic's target (Table 4).
    """

    measure = "valid_bleu"
    higher_is_better = True
    reference_multiple = 1

    def __init__(self, context: Context, actor: SequenceToSequence, critic: SequenceToSequence) -> None:
        """Take a trained actor and a critic pre-trained on it; the target critic starts as the critic's copy (A16)."""
        self.network = actor
        self._critic = critic
        self._target_critic = copy_network(critic)
        self._context = context
        joint = context.settings.joint
        self._actor_optimiser = Optimiser(actor, joint)
        self._critic_optimiser = Optimiser(
            critic, joint.model_copy(update={"gradient_clip": joint.critic_gradient_clip})
        )

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step of both; return the actor's loss (), not finite where the critic's is not."""
        settings, actor, critic = self._context.settings, self.network, self._critic
        joint, tau = settings.joint, settings.actor_critic.tau
        memory = actor.encode(batch.source, batch.source_lengths)
        rows = memory.repeat(joint.samples)
        rollout = roll_out(actor, rows, batch, settings, extra_length=joint.extra_length, generator=generator)
        target = critic_target(self._target_critic, batch, rollout, tau if joint.future_entropy else 0.0)
        critic_noise = critic.dropout_noise(len(rollout.mask), rollout.mask.shape[1], generator)
        features = critic_features(critic, batch, rollout, critic_noise)
        loss = self._policy_loss(actor.features(rows, rollout.sequences, rollout.noise), features, rollout)
        if joint.lambda_mle > 0.0:
            loss = loss + joint.lambda_mle * reference_loss(actor, memory, batch, generator)
        # Both losses are made before either network moves (Algorithm 3, lines 7 to 10).
        loss_of_critic = critic_loss(critic, features, target, rollout, settings.actor_critic)
        self._critic_optimiser.update(loss_of_critic)
        self._actor_optimiser.update(loss)
        update_target(self._target_critic.parameters(), critic.parameters(), settings.actor_critic.beta)
        # The loop looks for losses that are not finite: the critic's shows at once, not through the next step's actor.
        return loss.detach() + 0.0 * loss_of_critic.detach()

    def validate(self) -> dict[str, float]:
        """Return the actor's validation BLEU and perplexity."""
        return validate_actor(self.network, self._context)

    def decaying_optimisers(self) -> list[Optimiser]:
        """Return the actor's optimiser, and the critic's where it decays too (released-code E2)."""
        both = [self._actor_optimiser, self._critic_optimiser]
        return both if self._context.settings.joint.decay_critic else both[:1]

    def changing_networks(self) -> dict[str, SequenceToSequence]:
        """Return actor, critic and target critic."""
        return {"actor": self.network, "critic": self._critic, "target_critic": self._target_critic}

    def optimisers(self) -> dict[str, Optimiser]:
        """Return the optimisers of actor and critic."""
        return {"actor": self._actor_optimiser, "critic": self._critic_optimiser}

    def _policy_loss(self, features: Tensor, critic_features: Tensor, rollout: Rollout) -> Tensor:
        """Return the actor's loss () under the critic's values; the policy of the samples becomes its gradient.

        Args:
            features: (R, T, H) of the actor in the rollout's states, with a graph.
            critic_features: (R, T, H) of the critic in the same states.
            rollout: the samples.
        """
        states, output = rollout.states, self._critic.output
        tau, normalise = self._context.settings.actor_critic.tau, self._context.settings.joint.normalise_log_probs

        with torch.no_grad():
            q = output(states.select(critic_features))
        function = partial(policy_losses, tau=tau, normalise_log_probs=normalise)
        losses = self.network.output.rows(function, states.select(features), q, made=rollout.policy)
        return actor_loss(states.restore(losses), rollout.mask)
