"""The actor's samples, the critic's target and the critic's loss of Algorithm 3, for both stages with a critic."""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.config.settings import ActorCritic
from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.output import by_rows
from erac_vaml.networks.rows import Rows
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives import entropy, smoothing_loss, td_loss, td_target


@dataclass(frozen=True)
class Rollout:
    """Sampled sequences of a batch, M for each pair, with the policy that they come from."""

    sequences: Tensor
    """(R, T) words EOS PAD, R = B·M."""
    mask: Tensor
    """(R, T) bool, True at tokens up to and including EOS."""
    policy: Tensor
    """(N, V) the actor's π in `states`."""
    states: Rows
    """The states in which the tokens were chosen."""
    noise: Tensor | None
    """(R, T, H) dropout factors of the sampling; None without dropout."""


@torch.no_grad()
def roll_out(
    actor: SequenceToSequence,
    memory: Memory,
    batch: Batch,
    settings: ActorCritic,
    extra_length: int | None,
    generator: torch.Generator,
) -> Rollout:
    """Sample a sequence from the actor for each row of the memory, without a graph (Algorithm 3, line 4).

    Args:
        actor: the policy π_θ.
        memory: the encoded sources, M rows for each.
        batch: B pairs.
        settings: dropout, and length and end of the samples.
        extra_length: allowed excess of a sample over the batch's longest reference; None: only `max_length` limits it.
        generator: source of dropout and samples.
    """
    limit = sample_limit(batch.references.shape[1], extra_length, settings.max_length)
    noise = actor.dropout_noise(memory.hidden.shape[1], limit, generator) if settings.actor_dropout else None
    sampled = sample(actor, memory, limit, generator, noise, enforce_eos=settings.enforce_eos)
    length = sampled.tokens.shape[1]
    mask = length_mask(sampled.lengths, length)
    return Rollout(sampled.tokens, mask, sampled.policy, sampled.rows, None if noise is None else noise[:, :length])


def sample_limit(reference_length: int, extra_length: int | None, max_length: int) -> int:
    """Return the largest length of a sample in tokens, EOS included (released-code A14).

    Args:
        reference_length: length of the batch's longest reference, EOS included.
        extra_length: allowed excess over it; BOS adds one more token, as in the released code. None: no such limit.
        max_length: T.
    """
    return max_length if extra_length is None else min(reference_length + 1 + extra_length, max_length)


def critic_features(
    critic: SequenceToSequence, batch: Batch, rollout: Rollout, generator: torch.Generator | None = None
) -> Tensor:
    """Return the critic's features (R, T, H) in a rollout's states; with dropout if a generator is given."""
    memory = critic.encode_references(batch.references, batch.reference_lengths)
    memory = memory.repeat(len(rollout.sequences) // len(batch.references))
    if generator is None:
        return critic.features(memory, rollout.sequences)
    return critic.features_with_dropout(memory, rollout.sequences, generator)


@torch.no_grad()
def critic_target(
    target_critic: SequenceToSequence, batch: Batch, rollout: Rollout, rewards: Tensor, tau: float
) -> Tensor:
    """Return the TD target (R, T) under the target critic, for rewards (R, T) (Eq. 19; Algorithm 3, line 6)."""
    policy, states = rollout.policy, rollout.states
    features = states.select(critic_features(target_critic, batch, rollout))
    expected_q = states.restore(target_critic.output.expectation(features, policy))
    return td_target(rewards, expected_q, states.restore(by_rows(entropy, policy)), rollout.mask, tau)


def critic_loss(
    critic: SequenceToSequence, features: Tensor, target: Tensor, rollout: Rollout, settings: ActorCritic
) -> Tensor:
    """Return the TD loss (Eq. 18) plus λ_var times the smoothing term (§4.2): Algorithm 3, line 7.

    Args:
        critic: the critic.
        features: (R, T, H) the critic's features in the rollout's states.
        target: (R, T) the TD target (Eq. 19).
        rollout: the samples.
        settings: kinds of the two terms, and λ_var.
    """
    output, mask = critic.output, rollout.mask
    loss = td_loss(output.taken(features, rollout.sequences), target, mask, settings.td_loss)
    if settings.lambda_var > 0.0:
        deviations = output.squared_deviations(features)
        loss = loss + settings.lambda_var * smoothing_loss(deviations, mask, settings.smoothing, output.out_features)
    return loss
