"""Compute exactly, over all listed sequences: optimal values, distributions, and distances between them."""

import torch
from torch import Tensor

from erac_vaml.objectives import entropy, importance_weights, log_policy, soft_value, token_target
from erac_vaml.theory.sequence_space import SequenceSpace
from erac_vaml.theory.task import Task


@torch.no_grad()
def optimal_q(task: Task, tau: float, *, discount: float = 1.0, hard: bool = False) -> Tensor:
    """Return Q (S, A) by backward induction: r + γ V, the longest prefixes first (Eqs. 7, 8 and 15).

    With the defaults it is Q_R of Proposition 1. Other values of `discount` and `hard` give a wrong Q.

    Args:
        task: the pay-offs.
        tau: temperature τ > 0.
        discount: γ; 1 by Corollary 1. With 0 the value of a token is its own reward.
        hard: use the largest value and not the soft value: Q of ordinary reinforcement learning, without entropy.
    """
    space = task.space
    # Column 0, EOS, keeps the 0 of Eq. 6.
    q = space.allowed(torch.zeros(space.forbidden.shape, dtype=task.of_state.dtype))
    for depth in reversed(range(space.max_length - 1)):
        states = (space.depths == depth).nonzero()[:, 0]
        after = space.successors[states, 1:]
        value = q[after].amax(dim=-1) if hard else soft_value(q[after], tau)
        q[states, 1:] = task.of_state[after] - task.of_state[states, None] + discount * value
    return q


def payoff_distribution(task: Task, tau: float) -> Tensor:
    """Return P_R (S,), the exponentiated pay-off distribution (Eq. 1): the softmax of R/τ over all sequences."""
    return importance_weights(task.of_state[None], tau)[0]


def target_log_probs(space: SequenceSpace, q: Tensor, tau: float) -> Tensor:
    """Return log Π_t P_Q(y_t | y_1^{t−1}), (…, S), of all sequences under the token-level target of Q (Eqs. 3 and 5).

    Args:
        space: the space of the sequences.
        q: (…, S, A), finite.
        tau: temperature τ > 0.
    """
    return space.sequence_log_probs(log_policy(token_target(space.allowed(q), tau)))


def divergence(probs: Tensor, log_probs: Tensor) -> Tensor:
    """Return KL(P ‖ P'), (…), in nats, of P = probs (S,) and log P' = log_probs (…, S)."""
    return -entropy(probs) - (probs * log_probs).sum(dim=-1)


def total_variation(probs: Tensor, others: Tensor) -> Tensor:
    """Return ½ Σ |P − P'|, (…), of P (S,) and P' (…, S): the largest difference in the probability of an event."""
    return (probs - others).abs().sum(dim=-1) / 2
