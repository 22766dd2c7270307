"""Joint training of actor and critic: AC, ERAC and ERAC without future entropy (§4.2, Algorithm 3)."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.actor import actor_loss
from erac_vaml.training.optimisation import Optimiser, copy_network, update_target
from erac_vaml.training.stages.actor import validate_actor
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.mle import reference_loss
from erac_vaml.training.stages.rollout import critic_loss, critic_memory, critic_target, roll_out


class JointStage:
    """Trains an actor by the critic's action values, and the critic to evaluate the changing actor (Eqs. 18 to 20).

    AC is τ = 0. Without future entropy τ stays in the actor's term and leaves the critic's target (Table 4).
    """

    measure = "valid_bleu"
    higher_is_better = True

    def __init__(self, context: Context, actor: SequenceToSequence, critic: SequenceToSequence) -> None:
        """Take a trained actor and a critic pre-trained on it; the target critic starts as the critic's copy (A16)."""
        self.network = actor
        self._critic = critic
        self._target_critic = copy_network(critic)
        self._context = context
        self._actor_optimiser = Optimiser(actor, context.settings.joint)
        self._critic_optimiser = Optimiser(critic, context.settings.joint)

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step of both; return the actor's loss (), not finite where the critic's is not."""
        settings, actor, critic = self._context.settings, self.network, self._critic
        joint, tau = settings.joint, settings.actor_critic.tau
        rollout = roll_out(
            actor, batch, settings, samples=joint.samples, extra_length=joint.extra_length, generator=generator
        )
        target = critic_target(self._target_critic, batch, rollout, tau if joint.future_entropy else 0.0)
        noise = critic.dropout_noise(len(rollout.sequences), rollout.sequences.shape[1], generator)
        q = critic.logits(critic_memory(critic, batch, rollout.samples), rollout.sequences, noise)
        loss = actor_loss(rollout.log_probs, q.detach(), rollout.mask, tau, joint.normalise_log_probs)
        if joint.lambda_mle > 0.0:
            loss = loss + joint.lambda_mle * reference_loss(actor, batch, generator)
        # Both losses are made before either network moves (Algorithm 3, lines 7 to 10).
        loss_of_critic = critic_loss(q, target, rollout, settings)
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
