"""Joint training of actor and critic: AC, ERAC and ERAC without future entropy (§4.2, Algorithm 3)."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives import actor_loss, policy_losses
from erac_vaml.training.optimisation import Optimiser, copy_network, update_target
from erac_vaml.training.stages.actor import validate_policy
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.mle import reference_loss
from erac_vaml.training.stages.payoff import token_rewards
from erac_vaml.training.stages.rollout import Rollout, critic_features, critic_loss, critic_target, roll_out


class JointStage:
    """Trains an actor by the critic's action values, and the critic to evaluate the changing actor (Eqs. 18 to 20).

    AC has τ = 0. Without future entropy, τ stays in the actor's loss but not in the critic's target (Table 4).
    """

    measure = "valid_bleu"
    higher_is_better = True
    reference_multiple = 1

    def __init__(self, context: Context, actor: SequenceToSequence, critic: SequenceToSequence) -> None:
        """Take a trained actor and a critic pre-trained on it; the target critic starts as a copy of it (A16)."""
        self.network = actor
        self._critic = critic
        self._target_critic = copy_network(critic)  # Algorithm 3, line 1
        self._context = context
        joint = context.settings.joint
        self._actor_optimiser = Optimiser(actor, joint)
        self._critic_optimiser = Optimiser(
            critic, joint.model_copy(update={"gradient_clip": joint.critic_gradient_clip})
        )
        self.changing_networks = {"actor": actor, "critic": critic, "target_critic": self._target_critic}
        self.optimisers = {"actor": self._actor_optimiser, "critic": self._critic_optimiser}
        # App. B.4 decays both learning rates, the released code only the actor's (released-code E2).
        self.decaying_optimisers = [self._actor_optimiser, *([self._critic_optimiser] if joint.decay_critic else [])]

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one pass of Algorithm 3's loop; `batch` is the example of line 3.

        Returns:
            The actor's loss (), without a graph; not finite if the critic's loss is not.
        """
        settings, actor, critic = self._context.settings, self.network, self._critic
        joint, actor_critic = settings.joint, settings.actor_critic
        # Line 4: sample sequences from π_θ.
        memory = actor.encode(batch.source, batch.source_lengths)
        repeated = memory.repeat(joint.samples)
        rollout = roll_out(actor, repeated, batch, actor_critic, joint.extra_length, generator)
        # Line 5: the rewards of all tokens.
        rewards = token_rewards(rollout.sequences, rollout.mask, batch, self._context)
        # Line 6: the critic's targets, r + τ H(π) + Σ_w π(w) Q̄(w) of the next state, by the target critic.
        future_tau = actor_critic.tau if joint.future_entropy else 0.0
        target = critic_target(self._target_critic, batch, rollout, rewards, future_tau)
        # Line 7: the critic's loss, squared TD errors and λ_var times the smoothing term.
        q_features = critic_features(critic, batch, rollout, generator)
        loss_of_critic = critic_loss(critic, q_features, target, rollout, actor_critic)
        # Line 8: the actor's loss, −Σ_t [Σ_w π(w) Q(w) + τ H(π)] − λ_MLE log π(y*).
        features = actor.features(repeated, rollout.sequences, rollout.noise)
        loss = self._policy_loss(features, q_features, rollout)
        if joint.lambda_mle > 0.0:
            loss = loss + joint.lambda_mle * reference_loss(actor, memory, batch, generator)
        # Lines 9 and 10: update the critic and the actor; both losses were computed before either network changes.
        self._critic_optimiser.update(loss_of_critic)
        self._actor_optimiser.update(loss)
        # Line 11: move the target critic.
        update_target(self._target_critic.parameters(), critic.parameters(), actor_critic.beta)
        # The loop checks that the loss is finite: this term makes the critic's loss count in the same step.
        return loss.detach() + 0.0 * loss_of_critic.detach()

    def validate(self) -> dict[str, float]:
        """Return the actor's validation measures, those of its policy included."""
        return validate_policy(self.network, self._context)

    def _policy_loss(self, features: Tensor, q_features: Tensor, rollout: Rollout) -> Tensor:
        """Return the actor's loss () under the critic's values, without the λ_MLE term; overwrite the policy.

        Args:
            features: (R, T, H) the actor's features in the rollout's states, with a graph.
            q_features: (R, T, H) the critic's features in the same states.
            rollout: the samples.
        """
        states = rollout.states
        with torch.no_grad():
            q = self._critic.output(states.select(q_features))
        losses = self.network.output.policy_rows(
            policy_losses,
            rollout.policy,
            states.select(features),
            q,
            tau=self._context.settings.actor_critic.tau,
            normalise_log_probs=self._context.settings.joint.normalise_log_probs,
        )
        return actor_loss(states.restore(losses), rollout.mask)
