"""The critic: policy evaluation by temporal differences, and smoothing (Eqs. 9, 18 and 19, §4.2, Algorithm 3)."""

from typing import Literal

import torch
from torch import Tensor

from erac_vaml.objectives.steps import expectation, one_step_ahead, sum_over_time


def entropy(log_probs: Tensor) -> Tensor:
    """Return H(π) = −Σ_w π(w) log π(w) in nats: (…) out of (…, V); a word without probability adds nothing."""
    return -expectation(log_probs.exp(), log_probs)


@torch.no_grad()
def td_target(rewards: Tensor, log_probs: Tensor, target_q: Tensor, mask: Tensor, tau: float) -> Tensor:
    """Return r(y_1^{t−1}, y_t) + τ H(π(·|y_1^t)) + Σ_w π(w|y_1^t) Q̄(y_1^t, w) (Eq. 19); at EOS the reward alone.

    No gradient flows through the target. τ = 0 leaves out the entropy of future steps (AC; Table 4's ablation).

    Args:
        rewards: (B, T) incremental pay-offs (Eq. 13).
        log_probs: (B, T, V) of the policy π in the state in which token t is chosen.
        target_q: (B, T, V) of the target critic Q̄ in the same states.
        mask: (B, T) bool, True at tokens up to and including EOS.
        tau: entropy regularisation τ ≥ 0.

    Returns:
        (B, T).
    """
    # τ H + Σ π Q̄ = Σ π (Q̄ − τ log π): V^π of Eq. 9 in one expectation over the words.
    state_values = expectation(log_probs.exp(), target_q - tau * log_probs)
    return rewards + one_step_ahead(state_values, mask)


def td_loss(q_taken: Tensor, target: Tensor, mask: Tensor, kind: Literal["squared", "half-squared"]) -> Tensor:
    """Return the squared TD error, summed over time, averaged over sequences (Eq. 18).

    Args:
        q_taken: (B, T) Q of the sequences' own tokens.
        target: (B, T) from `td_target`.
        mask: (B, T) bool, True at tokens up to and including EOS (mends released-code A5).
        kind: "squared" as in Eq. 18; "half-squared" has the released code's gradient, half of it (released-code A4).

    Returns:
        Scalar.
    """
    loss = sum_over_time((q_taken - target).square(), mask).mean()
    return loss if kind == "squared" else 0.5 * loss


def smoothing_loss(q: Tensor, mask: Tensor, kind: Literal["sum", "variance"]) -> Tensor:
    """Return how much Q varies over the words, summed over time, averaged over sequences (§4.2; Algorithm 3, line 7).

    Args:
        q: (B, T, V) of the critic.
        mask: (B, T) bool, True at tokens up to and including EOS (mends released-code A6).
        kind: "sum" of the squared deviations from the mean Q, as in §4.2; "variance" divides it by V − 1, as the
            released code does (released-code A3).

    Returns:
        Scalar, without the factor λ_var.
    """
    variance = q.var(dim=-1)
    return sum_over_time(variance if kind == "variance" else (q.shape[-1] - 1) * variance, mask).mean()
