"""The training stages' losses from whole score arrays (R, T, V): what one step of each must agree with.

Each takes a stage before its step, and draws from the generator as the stage does: the same proposals, samples and
dropout. What turns sequences into rewards and weights is the program's own, and tested elsewhere.
"""

from dataclasses import dataclass

import plain
import torch
from torch import Tensor, nn

from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask, with_bos
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.attention import MlpAttention
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.products import Linear
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.critic import td_loss
from erac_vaml.objectives.soft_q import soft_q_loss, soft_q_target
from erac_vaml.rewards.payoff import incremental_rewards, payoffs
from erac_vaml.rewards.proposals import with_reference
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.proposals import weighted_sequences
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.stages.raml import RamlStage
from erac_vaml.training.stages.rollout import sample_limit
from erac_vaml.training.stages.vaml import VamlStage

Losses = list[tuple[SequenceToSequence, Tensor]]
"""Each trained network with its loss (), the stage's own network first."""


def use_plain_layers(monkeypatch) -> None:
    """Put PyTorch's own linear layers and attention under autograd into all networks."""
    monkeypatch.setattr(Linear, "forward", nn.Linear.forward)
    monkeypatch.setattr(MlpAttention, "forward", _mlp_attention)


def _mlp_attention(attention: MlpAttention, queries: Tensor, memory: Memory) -> Tensor:
    """v · tanh(W [query; state] + b), softmax over the real states, their average: (R, T, H)."""
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
    return plain.mle_loss(logits.log_softmax(-1), sequences, length_mask(batch.reference_lengths, sequences.shape[1]))


def raml_losses(stage: RamlStage, batch: Batch, generator: torch.Generator) -> Losses:
    settings, actor = stage._context.settings, stage.network
    proposal = weighted_sequences(batch, settings.raml, settings.rewards, actor.output.out_features, generator)
    log_probs = _proposal_logits(actor, proposal.sequences, batch, generator).log_softmax(-1)
    per_sequence = plain.sequence_log_probs(log_probs, proposal.sequences, proposal.mask)
    return [(actor, plain.raml_loss(proposal.weights, per_sequence))]


def vaml_losses(stage: VamlStage, batch: Batch, generator: torch.Generator) -> Losses:
    settings, actor = stage._context.settings, stage.network
    proposal = weighted_sequences(batch, settings.vaml, settings.rewards, actor.output.out_features, generator)
    sequences, shape = proposal.sequences, proposal.sequences.shape
    choose_target = torch.rand(shape, generator=generator) < settings.vaml.kappa
    log_probs = _proposal_logits(actor, sequences, batch, generator).log_softmax(-1)
    memory = _reference_memory(stage._q_network, batch, shape[1])
    q = stage._q_network.logits(memory, sequences.flatten(0, 1)).view_as(log_probs)
    loss = plain.vaml_loss(
        proposal.weights, q, log_probs, sequences, choose_target, proposal.mask, settings.q_network.tau
    )
    return [(actor, loss)]


def _proposal_logits(actor: SequenceToSequence, sequences: Tensor, batch: Batch, generator: torch.Generator) -> Tensor:
    """Return the actor's logits (B, M, T, V) on proposals (B, M, T)."""
    flat = sequences.flatten(0, 1)
    noise = actor.dropout_noise(*flat.shape, generator)
    memory = actor.encode(batch.source, batch.source_lengths).repeat(sequences.shape[1])
    return actor.logits(memory, flat, noise).view(*sequences.shape, -1)


def q_network_losses(stage: QNetworkStage, batch: Batch, generator: torch.Generator) -> Losses:
    settings, q_network = stage._context.settings, stage.network
    proposals = with_reference(stage._corrupted(batch, generator), batch.references)
    samples, sequences = proposals.shape[1], proposals.flatten(0, 1)
    mask = length_mask(batch.reference_lengths, sequences.shape[1]).repeat_interleave(samples, dim=0)
    noise = q_network.dropout_noise(*sequences.shape, generator)
    q = q_network.logits(_reference_memory(q_network, batch, samples), sequences, noise)
    rewards = _rewards(stage, sequences, mask, batch)
    target = soft_q_target(rewards, plain.soft_value(q, settings.q_network.tau), mask)
    return [(q_network, soft_q_loss(plain.taken(q, sequences), target, mask))]


@dataclass(frozen=True)
class _Rollout:
    sequences: Tensor
    """(R, T)"""
    mask: Tensor
    """(R, T) bool"""
    rewards: Tensor
    """(R, T)"""
    log_probs: Tensor
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
    log_probs = actor.logits(memory, sampled.tokens, None if noise is None else noise[:, :length]).log_softmax(-1)
    if settings.enforce_eos and length == limit:
        log_probs = torch.cat([log_probs[:, :-1], plain.eos_alone(log_probs[:, -1:])], dim=1)
    mask = length_mask(sampled.lengths, length)
    return _Rollout(sampled.tokens, mask, _rewards(stage, sampled.tokens, mask, batch), log_probs, samples)


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
    loss = plain.actor_loss(rollout.log_probs, q, rollout.mask, tau, joint.normalise_log_probs)
    if joint.lambda_mle > 0.0:
        loss = loss + joint.lambda_mle * reference_loss(actor, batch, generator)
    return [(actor, loss), (critic, _critic_loss(stage, q, target, rollout))]


def _critic_q(critic: SequenceToSequence, batch: Batch, rollout: _Rollout, generator: torch.Generator) -> Tensor:
    noise = critic.dropout_noise(*rollout.sequences.shape, generator)
    return critic.logits(_reference_memory(critic, batch, rollout.samples), rollout.sequences, noise)


def _critic_target(stage: CriticStage | JointStage, batch: Batch, rollout: _Rollout, tau: float) -> Tensor:
    memory = _reference_memory(stage._target_critic, batch, rollout.samples)
    target_q = stage._target_critic.logits(memory, rollout.sequences)
    return plain.td_target(rollout.rewards, rollout.log_probs, target_q, rollout.mask, tau)


def _critic_loss(stage: CriticStage | JointStage, q: Tensor, target: Tensor, rollout: _Rollout) -> Tensor:
    settings = stage._context.settings.actor_critic
    loss = td_loss(plain.taken(q, rollout.sequences), target, rollout.mask, settings.td_loss)
    return loss + settings.lambda_var * plain.smoothing_loss(q, rollout.mask, settings.smoothing)


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
