"""Pre-training of the critic against a fixed actor (§4.2, Algorithm 3 with the actor fixed)."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch, evaluation_order
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives import summed_td_error
from erac_vaml.randomness import torch_generator
from erac_vaml.training.optimisation import Optimiser, copy_network, update_target
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.payoff import token_rewards
from erac_vaml.training.stages.rollout import Rollout, critic_features, critic_loss, critic_target, roll_out


class CriticStage:
    """Trains a critic, which reads the reference, to evaluate the policy of a fixed actor (Eqs. 18 and 19)."""

    measure = "valid_td_error"
    higher_is_better = False
    reference_multiple = 1

    def __init__(self, context: Context, critic: SequenceToSequence, actor: SequenceToSequence) -> None:
        """Take an initialised critic and a trained actor."""
        self.network = critic
        self._actor = actor.requires_grad_(False)
        self._target_critic = copy_network(critic)  # Algorithm 3, line 1
        self._context = context
        self._optimiser = Optimiser(critic, context.settings.critic)
        self.changing_networks = {"critic": critic, "target_critic": self._target_critic}
        self.optimisers = {"critic": self._optimiser}
        self.decaying_optimisers = [self._optimiser]

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one pass of Algorithm 3's loop; `batch` is the example of line 3. Return the loss () without a graph."""
        settings, critic = self._context.settings, self.network
        # Line 4: sample sequences from π_θ.
        rollout = self._roll_out(batch, settings.critic.samples, generator)
        # Line 5: the rewards of all tokens.
        rewards = token_rewards(rollout.sequences, rollout.mask, batch, self._context)
        # Line 6: the critic's targets, r + τ H(π) + Σ_w π(w) Q̄(w) of the next state, by the target critic.
        target = critic_target(self._target_critic, batch, rollout, rewards, settings.actor_critic.tau)
        # Line 7: the critic's loss, squared TD errors and λ_var times the smoothing term.
        features = critic_features(critic, batch, rollout, generator)
        loss = critic_loss(critic, features, target, rollout, settings.actor_critic)
        # Line 9: update the critic. Lines 8 and 10 update the actor, which is fixed here.
        self._optimiser.update(loss)
        # Line 11: move the target critic.
        update_target(self._target_critic.parameters(), critic.parameters(), settings.actor_critic.beta)
        return loss.detach()

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Return the mean TD error per token on valid, squared or absolute; the random samples are always the same."""
        settings, context = self._context.settings, self._context
        valid = context.dataset.valid
        value_network = self.network if settings.critic.validation_value == "critic" else self._target_critic
        errors, tokens = 0.0, 0
        for number, indices in enumerate(evaluation_order(valid, settings.evaluation.batch_size)):
            batch = valid.batch(indices, context.device)
            generator = torch_generator(context.seed, "critic validation", number, device=context.device)
            rollout = self._roll_out(batch, 1, generator)
            rewards = token_rewards(rollout.sequences, rollout.mask, batch, context)
            target = critic_target(value_network, batch, rollout, rewards, settings.actor_critic.tau)
            q_taken = self.network.output.taken(critic_features(self.network, batch, rollout), rollout.sequences)
            errors += float(summed_td_error(q_taken, target, rollout.mask, settings.critic.validation_error))
            tokens += int(rollout.mask.sum())
        return {"valid_td_error": errors / tokens}

    @torch.no_grad()
    def _roll_out(self, batch: Batch, samples: int, generator: torch.Generator) -> Rollout:
        """Sample from the fixed actor."""
        settings = self._context.settings
        memory = self._actor.encode(batch.source, batch.source_lengths).repeat(samples)
        return roll_out(self._actor, memory, batch, settings.actor_critic, settings.critic.extra_length, generator)
