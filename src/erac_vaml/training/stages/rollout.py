"""Samples of the actor with their rewards: what critic pre-training and joint training share (Algorithm 3)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.config import TaskSettings
from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask, with_bos
from erac_vaml.data.vocabulary import EOS
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.critic import smoothing_loss, td_loss, td_target
from erac_vaml.objectives.steps import taken
from erac_vaml.rewards.payoff import incremental_rewards, payoffs


@dataclass(frozen=True)
class Rollout:
    """Sampled sequences of a batch, M for each pair, with rewards and the policy that gave them."""

    sequences: Tensor
    """(B·M, T) ids."""
    mask: Tensor
    """(B·M, T) bool, true up to `eos`."""
    rewards: Tensor
    """(B·M, T) incremental pay-offs (Eq. 13)."""
    log_probs: Tensor
    """(B·M, T, V) of the actor; with a graph where the actor is trained."""
    samples: int
    """M."""


def roll_out(
    actor: SequenceToSequence,
    batch: Batch,
    settings: TaskSettings,
    *,
    samples: int,
    extra_length: int | None,
    generator: torch.Generator,
) -> Rollout:
    """Sample M sequences for each pair from the actor and compute their rewards.

    Sampling has no graph; a teacher-forced pass over the samples, under the same dropout, gives the distributions.

    Args:
        actor: the policy π_θ.
        batch: B pairs.
        settings: the task's settings.
        samples: M.
        extra_length: how much longer than the batch's longest reference samples may be; None: `max_length` alone.
        generator: source of dropout and samples.
    """
    actor_critic = settings.actor_critic
    limit = sample_limit(batch.references.shape[1], extra_length, actor_critic.max_length)
    rows = batch.references.shape[0] * samples
    noise = actor.dropout_noise(rows, limit, generator) if actor_critic.actor_dropout else None
    memory = actor.encode(batch.source, batch.source_lengths).repeat(samples)
    sampled = sample(actor, memory, limit, generator, noise)
    length = sampled.tokens.shape[1]
    logits = actor.logits(memory, sampled.tokens, None if noise is None else noise[:, :length])
    log_probs = torch.log_softmax(logits, dim=-1)
    if actor_critic.enforce_eos and length == limit:
        log_probs = torch.cat([log_probs[:, :-1], eos_alone(log_probs[:, -1:])], dim=1)
    mask = length_mask(sampled.lengths, length)
    payoff = payoffs(
        sampled.tokens,
        batch.references.repeat_interleave(samples, dim=0).unsqueeze(1),
        smoothing=settings.rewards.smoothing,
        unknown_matches=settings.rewards.unknown_matches,
        scale_by_length=settings.rewards.scale_by_length,
    )
    return Rollout(sampled.tokens, mask, incremental_rewards(payoff, mask), log_probs, samples)


def sample_limit(reference_length: int, extra_length: int | None, max_length: int) -> int:
    """Return the longest sample in tokens, `eos` included (released-code A14).

    Args:
        reference_length: longest reference of the batch, `eos` included.
        extra_length: allowance over it, its `bos` counted too as the released code does; None: no such limit.
        max_length: T.
    """
    return max_length if extra_length is None else min(reference_length + 1 + extra_length, max_length)


def eos_alone(log_probs: Tensor) -> Tensor:
    """Return log-probabilities (..., V) of the policy that can only end: what Corollary 1 enforces at length T."""
    ended = torch.full_like(log_probs, -torch.inf)
    ended[..., EOS] = 0.0
    return ended


def critic_memory(critic: SequenceToSequence, batch: Batch, samples: int) -> Memory:
    """Return the critic's memory of the references, repeated for M samples."""
    return critic.encode(with_bos(batch.references), batch.reference_lengths + 1).repeat(samples)


def critic_target(target_critic: SequenceToSequence, batch: Batch, rollout: Rollout, tau: float) -> Tensor:
    """Return the TD target (B·M, T) of Eq. 19 under the target critic, without a graph."""
    with torch.no_grad():
        target_q = target_critic.logits(critic_memory(target_critic, batch, rollout.samples), rollout.sequences)
        return td_target(rollout.rewards, rollout.log_probs.detach(), target_q, rollout.mask, tau)


def critic_loss(q: Tensor, target: Tensor, rollout: Rollout, settings: TaskSettings) -> Tensor:
    """Return the TD loss (Eq. 18) plus λ_var times the smoothing term (§4.2): Algorithm 3, line 7.

    Args:
        q: (B·M, T, V) action values of the critic.
        target: (B·M, T) of Eq. 19.
        rollout: the samples.
        settings: the task's settings.
    """
    actor_critic = settings.actor_critic
    loss = td_loss(taken(q, rollout.sequences), target, rollout.mask, actor_critic.td_loss)
    if actor_critic.lambda_var > 0.0:
        loss = loss + actor_critic.lambda_var * smoothing_loss(q, rollout.mask, actor_critic.smoothing)
    return loss
