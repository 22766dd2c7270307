"""Values of states and actions, and the policies that belong to them (Eqs. 3, 9 to 12, 14 and 15).

The weight of the entropy is α in §3.1 of the paper and τ elsewhere; γ = 1 (Corollary 1).
"""

import torch
from torch import Tensor

from erac_vaml.objectives.steps import one_step_ahead


def expectation(policy: Tensor, values: Tensor) -> Tensor:
    """Return Σ_w π(w) · value(w) (…) of a policy and finite values, both (…, V).

    For the critic's values training runs `networks.output.OutputLayer.expectation`, which is tested to be equal.
    """
    return (policy * values).sum(dim=-1)


def log_policy(policy: Tensor) -> Tensor:
    """Return log π (…, V); it is finite, because probabilities below the smallest normal number are raised to it."""
    return policy.clamp_min(torch.finfo(policy.dtype).tiny).log()


def entropy(policy: Tensor) -> Tensor:
    """Return H(π) = −Σ_w π(w) log π(w) (…), in nats, of a policy (…, V)."""
    return -expectation(policy, log_policy(policy))


def state_value(expected_q: Tensor, entropies: Tensor, tau: float) -> Tensor:
    """Return V^π = E_{w∼π} Q(w) + τ H(π) (…) of a fixed policy, for expected values and entropies (…) (Eq. 9)."""
    return expected_q + tau * entropies


def soft_value(q: Tensor, tau: float) -> Tensor:
    """Return V = τ log Σ_w exp(Q(w)/τ) (…) of action values (…, V) at a temperature τ > 0 (Eqs. 10 and 14).

    With the kernel `rows` on, training runs `kernels.row_gradients`, which is tested to be equal.
    """
    return tau * (q / tau).logsumexp(dim=-1)


def action_value(rewards: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Return Q = r(y_1^{t−1}, y_t) + V(y_1^t) of every token (Eqs. 9, 11 and 15); at EOS only r (Eq. 8).

    At EOS r = 0, so that Q = 0 (Eq. 6). The mask of each row must contain EOS: in a row cut off before EOS, the last
    token gets only its reward, without the value of the next state.

    Args:
        rewards: (…, T) incremental pay-offs r (Eq. 13).
        values: (…, T) values; column j, counted from 0, has the state before token j.
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        (…, T), in the unit of the pay-off.
    """
    return rewards + one_step_ahead(values, mask)


def token_target(q: Tensor, tau: float) -> Tensor:
    """Return P_Q(w) = exp(Q(w)/τ) / Σ_w' exp(Q(w')/τ) (…, V) of action values (…, V), τ > 0 (Eqs. 3 and 12).

    It is RAML's target for a token, and the optimal policy of the entropy-regularised problem (Corollary 1).
    """
    return (q / tau).softmax(dim=-1)
