"""Samples of the actor with their rewards: what critic pre-training and joint training share (Algorithm 3)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.config import TaskSettings
from erac_vaml.config.settings import ActorCritic
from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask, with_bos
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.rows import Rows
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.critic import smoothing_loss, td_loss, td_target
from erac_vaml.rewards.payoff import incremental_rewards, payoffs


@dataclass(frozen=True)
class Rollout:
    """Sampled sequences of a batch, M for each pair, with rewards and the policy that gave them."""

    sequences: Tensor
    """(R, T) ids, R = B·M."""
    mask: Tensor
    """(R, T) bool, true up to `eos`."""
    rewards: Tensor
    """(R, T) incremental pay-offs (Eq. 13)."""
    policy: Tensor
    """(N, V) π of the actor in the states of `states`."""
    entropies: Tensor
    """(N,) H(π) in nats."""
    states: Rows
    """The states in which the tokens were chosen."""
    noise: Tensor | None
    """(R, T, H) dropout's factors with which they were."""
    samples: int
    """M."""


def roll_out(
    actor: SequenceToSequence,
    memory: Memory,
    batch: Batch,
    settings: TaskSettings,
    *,
    extra_length: int | None,
    generator: torch.Generator,
) -> Rollout:
    """Sample a sequence for each row of the memory from the actor and compute their rewards, without a graph.

    Args:
        actor: the policy π_θ.
        memory: the encoded sources, M rows for each.
        batch: B pairs.
        settings: the task's settings.
        extra_length: how much longer than the batch's longest reference samples may be; None: `max_length` alone.
        generator: source of dropout and samples.
    """
    actor_critic = settings.actor_critic
    limit = sample_limit(batch.references.shape[1], extra_length, actor_critic.max_length)
    rows = memory.hidden.shape[1]
    samples = rows // len(batch.references)
    noise = actor.dropout_noise(rows, limit, generator) if actor_critic.actor_dropout else None
    sampled = sample(actor, memory, limit, generator, noise, enforce_eos=actor_critic.enforce_eos)
    length = sampled.tokens.shape[1]
    mask = length_mask(sampled.lengths, length)
    payoff = payoffs(
        sampled.tokens,
        batch.payoff_references.repeat_interleave(samples, dim=0),
        smoothing=settings.rewards.smoothing,
        unknown_matches=settings.rewards.unknown_matches,
        scale_by_length=settings.rewards.scale_by_length,
    )
    return Rollout(
        sequences=sampled.tokens,
        mask=mask,
        rewards=incremental_rewards(payoff, mask),
        policy=sampled.policy,
        entropies=sampled.entropies,
        states=sampled.rows,
        noise=None if noise is None else noise[:, :length],
        samples=samples,
    )


def sample_limit(reference_length: int, extra_length: int | None, max_length: int) -> int:
    """Return the longest sample in tokens, `eos` included (released-code A14).

    Args:
        reference_length: longest reference of the batch, `eos` included.
        extra_length: allowance over it, its `bos` counted too as the released code does; None: no such limit.
        max_length: T.
    """
    return max_length if extra_length is None else min(reference_length + 1 + extra_length, max_length)


def critic_features(critic: SequenceToSequence, batch: Batch, rollout: Rollout, noise: Tensor | None = None) -> Tensor:
    """Return the critic's features (R, T, H) of the states of a rollout: it reads the references (released-code B6)."""
    memory = critic.encode(with_bos(batch.references), batch.reference_lengths + 1)
    return critic.features(memory.repeat(rollout.samples), rollout.sequences, noise)


@torch.no_grad()
def critic_target(target_critic: SequenceToSequence, batch: Batch, rollout: Rollout, tau: float) -> Tensor:
    """Return the TD target (R, T) of Eq. 19 under the target critic."""
    states = rollout.states
    features = states.select(critic_features(target_critic, batch, rollout))
    expected_q = target_critic.output.expectation(features, rollout.policy)
    return td_target(rollout.rewards, states.restore(expected_q), states.restore(rollout.entropies), rollout.mask, tau)


def critic_loss(
    critic: SequenceToSequence, features: Tensor, target: Tensor, rollout: Rollout, settings: ActorCritic
) -> Tensor:
    """Return the TD loss (Eq. 18) plus λ_var times the smoothing term (§4.2): Algorithm 3, line 7.

    Args:
        critic: the critic.
        features: (R, T, H) of the critic in the rollout's states.
        target: (R, T) of Eq. 19.
        rollout: the samples.
        settings: what critic pre-training and joint training share.
    """
    output, mask = critic.output, rollout.mask
    loss = td_loss(output.taken(features, rollout.sequences), target, mask, settings.td_loss)
    if settings.lambda_var > 0.0:
        deviations = output.squared_deviations(features)
        loss = loss + settings.lambda_var * smoothing_loss(deviations, mask, settings.smoothing, output.out_features)
    return loss
