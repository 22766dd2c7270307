"""The losses of the training stages from whole score arrays (R, T, V). One step of each stage must agree with them.

Each function takes a stage before its step and draws from the generator as the stage does, so that proposals, samples
and dropout are the same. Rewards and weights come from the program's own functions, which other tests check.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml import kernels, objectives
from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask, with_bos
from erac_vaml.data.vocabulary import EOS
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.attention import MlpAttention
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.rewards import incremental_rewards, payoffs, with_reference
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.proposals import Proposals, propose
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.stages.raml import RamlStage
from erac_vaml.training.stages.rollout import sample_limit
from erac_vaml.training.stages.vaml import VamlStage

Losses = list[tuple[SequenceToSequence, Tensor]]
"""Each trained network with its loss (), the stage's own network first."""


def use_plain_layers(monkeypatch) -> None:
    """Turn kernels off, and replace MLP attention by the paper's formula."""
    monkeypatch.setenv(kernels.VARIABLE, "none")
    monkeypatch.setattr(MlpAttention, "forward", _mlp_attention)


def _mlp_attention(attention: MlpAttention, queries: Tensor, memory: Memory) -> Tensor:
    """Return contexts (R, T, H): states averaged by the softmax of v · tanh(W [query; state] + b) over real states."""
    samples = len(queries) // len(memory.states)
    keys, states, mask = (x.repeat_interleave(samples, dim=0) for x in (memory.keys, memory.states, memory.mask))
    hidden = torch.tanh(attention.query(queries).unsqueeze(2) + keys.unsqueeze(1))
    scores = attention.score(hidden).squeeze(-1).masked_fill(~mask.unsqueeze(1), -torch.inf)
    return scores.softmax(dim=-1) @ states


def mle_losses(stage: MleStage, batch: Batch, generator: torch.Generator) -> Losses:
    return [(stage.network, reference_loss(stage.network, batch, generator))]


def reference_loss(actor: SequenceToSequence, batch: Batch, generator: torch.Generator) -> Tensor:
    sequences = batch.references
    noise = actor.dropout_noise(*sequences.shape, generator)
    logits = actor.logits(actor.encode(batch.source, batch.source_lengths), sequences, noise)
    mask = length_mask(batch.reference_lengths, sequences.shape[1])
    return objectives.mle_loss(objectives.token_losses(logits, sequences), mask)


def raml_losses(stage: RamlStage, batch: Batch, generator: torch.Generator) -> Losses:
    proposals = propose(batch, stage._context.settings.raml, stage._context, generator)
    logits = _proposal_logits(stage.network, proposals, batch, generator)
    return [(stage.network, _weighted(objectives.token_losses(logits, proposals.sequences), proposals))]


def vaml_losses(stage: VamlStage, batch: Batch, generator: torch.Generator) -> Losses:
    settings, actor = stage._context.settings, stage.network
    proposals = propose(batch, settings.vaml, stage._context, generator)
    sequences = proposals.sequences
    z = torch.rand(sequences.shape, generator=generator) < settings.vaml.kappa
    logits = _proposal_logits(actor, proposals, batch, generator)
    q = stage._q_network.logits(_reference_memory(stage._q_network, batch, proposals.samples), sequences).detach()
    target = objectives.token_target(q, settings.q_network.tau)
    losses = objectives.j_kappa(objectives.target_losses(logits, target), objectives.token_losses(logits, sequences), z)
    return [(actor, _weighted(losses, proposals))]


def _proposal_logits(
    actor: SequenceToSequence, proposals: Proposals, batch: Batch, generator: torch.Generator
) -> Tensor:
    """Return the actor's logits (B·M, T, V) on proposals."""
    noise = actor.dropout_noise(*proposals.sequences.shape, generator)
    memory = actor.encode(batch.source, batch.source_lengths).repeat(proposals.samples)
    return actor.logits(memory, proposals.sequences, noise)


def _weighted(losses: Tensor, proposals: Proposals) -> Tensor:
    shape = (*proposals.weights.shape, -1)
    return objectives.weighted_sequence_loss(losses.view(shape), proposals.mask.view(shape), proposals.weights)


def q_network_losses(stage: QNetworkStage, batch: Batch, generator: torch.Generator) -> Losses:
    settings, q_network = stage._context.settings, stage.network
    proposals = with_reference(stage._proposals(batch, generator), batch.references)
    samples, sequences = proposals.shape[1], proposals.flatten(0, 1)
    mask = length_mask(batch.reference_lengths, sequences.shape[1]).repeat_interleave(samples, dim=0)
    noise = q_network.dropout_noise(*sequences.shape, generator)
    q = q_network.logits(_reference_memory(q_network, batch, samples), sequences, noise)
    rewards = _rewards(stage, sequences, mask, batch)
    target = objectives.action_value(rewards, objectives.soft_value(q, settings.q_network.tau), mask)
    return [(q_network, objectives.soft_q_loss(objectives.taken(q, sequences), target, mask))]


@dataclass(frozen=True)
class _Rollout:
    sequences: Tensor
    """(R, T)"""
    mask: Tensor
    """(R, T) bool"""
    rewards: Tensor
    """(R, T)"""
    policy: Tensor
    """(R, T, V), with a graph."""
    samples: int


def _roll_out(
    stage: CriticStage | JointStage,
    actor: SequenceToSequence,
    batch: Batch,
    samples: int,
    extra_length: int | None,
    generator: torch.Generator,
) -> _Rollout:
    settings = stage._context.settings.actor_critic
    limit = sample_limit(batch.references.shape[1], extra_length, settings.max_length)
    noise = actor.dropout_noise(len(batch.references) * samples, limit, generator) if settings.actor_dropout else None
    memory = actor.encode(batch.source, batch.source_lengths).repeat(samples)
    sampled = sample(actor, memory, limit, generator, noise, enforce_eos=settings.enforce_eos)
    length = sampled.tokens.shape[1]
    policy = actor.logits(memory, sampled.tokens, None if noise is None else noise[:, :length]).softmax(-1)
    if settings.enforce_eos and length == limit:
        policy = torch.cat([policy[:, :-1], _eos_alone(policy[:, -1:])], dim=1)
    mask = length_mask(sampled.lengths, length)
    return _Rollout(sampled.tokens, mask, _rewards(stage, sampled.tokens, mask, batch), policy, samples)


def _eos_alone(policy: Tensor) -> Tensor:
    """Return the policy (…, V) that takes eos with probability 1 (Corollary 1)."""
    ended = torch.zeros_like(policy)
    ended[..., EOS] = 1.0
    return ended


def critic_losses(stage: CriticStage, batch: Batch, generator: torch.Generator) -> Losses:
    settings = stage._context.settings
    rollout = _roll_out(stage, stage._actor, batch, settings.critic.samples, settings.critic.extra_length, generator)
    target = _critic_target(stage, batch, rollout, settings.actor_critic.tau)
    q = _critic_q(stage.network, batch, rollout, generator)
    return [(stage.network, _critic_loss(stage, q, target, rollout))]


def joint_losses(stage: JointStage, batch: Batch, generator: torch.Generator) -> Losses:
    settings, actor, critic = stage._context.settings, stage.network, stage._critic
    joint, tau = settings.joint, settings.actor_critic.tau
    rollout = _roll_out(stage, actor, batch, joint.samples, joint.extra_length, generator)
    target = _critic_target(stage, batch, rollout, tau if joint.future_entropy else 0.0)
    q = _critic_q(critic, batch, rollout, generator)
    losses = objectives.policy_losses(rollout.policy, q, tau, joint.normalise_log_probs)
    loss = objectives.actor_loss(losses, rollout.mask)
    if joint.lambda_mle > 0.0:
        loss = loss + joint.lambda_mle * reference_loss(actor, batch, generator)
    return [(actor, loss), (critic, _critic_loss(stage, q, target, rollout))]


def _critic_q(critic: SequenceToSequence, batch: Batch, rollout: _Rollout, generator: torch.Generator) -> Tensor:
    noise = critic.dropout_noise(*rollout.sequences.shape, generator)
    return critic.logits(_reference_memory(critic, batch, rollout.samples), rollout.sequences, noise)


def _critic_target(stage: CriticStage | JointStage, batch: Batch, rollout: _Rollout, tau: float) -> Tensor:
    memory = _reference_memory(stage._target_critic, batch, rollout.samples)
    target_q = stage._target_critic.logits(memory, rollout.sequences)
    expected_q, entropy = objectives.expectation(rollout.policy, target_q), objectives.entropy(rollout.policy)
    return objectives.td_target(rollout.rewards, expected_q, entropy, rollout.mask, tau)


def _critic_loss(stage: CriticStage | JointStage, q: Tensor, target: Tensor, rollout: _Rollout) -> Tensor:
    settings, mask = stage._context.settings.actor_critic, rollout.mask
    loss = objectives.td_loss(objectives.taken(q, rollout.sequences), target, mask, settings.td_loss)
    deviations = objectives.squared_deviations(q)
    return loss + settings.lambda_var * objectives.smoothing_loss(deviations, mask, settings.smoothing, q.shape[-1])


def _reference_memory(network: SequenceToSequence, batch: Batch, samples: int) -> Memory:
    return network.encode(with_bos(batch.references), batch.reference_lengths + 1).repeat(samples)


def _rewards(stage: QNetworkStage | CriticStage | JointStage, sequences: Tensor, mask: Tensor, batch: Batch) -> Tensor:
    """Return the incremental pay-offs (R, T)."""
    rewards, samples = stage._context.settings.rewards, len(sequences) // len(batch.references)
    payoff = payoffs(
        sequences,
        batch.payoff_references.repeat_interleave(samples, dim=0),
        smoothing=rewards.smoothing,
        unknown_matches=rewards.unknown_matches,
        scale_by_length=rewards.scale_by_length,
    )
    return incremental_rewards(payoff, mask)
