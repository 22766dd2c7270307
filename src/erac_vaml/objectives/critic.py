"""The critic: policy evaluation by temporal differences, and smoothing (Eqs. 18 and 19, §4.2, Algorithm 3)."""

from typing import Literal

from torch import Tensor

from erac_vaml.objectives.steps import sequence_loss, sum_over_time
from erac_vaml.objectives.values import action_value, state_value


def td_target(rewards: Tensor, expected_q: Tensor, entropies: Tensor, mask: Tensor, tau: float) -> Tensor:
    """Return r(y_1^{t−1}, y_t) + τ H(π(·|y_1^t)) + Σ_w π(w|y_1^t) Q̄(y_1^t, w) (Eq. 19); at EOS only the reward.

    No gradient flows through the target. With τ = 0 the entropy of future steps is left out (AC; Table 4's ablation).

    Args:
        rewards: (…, T) incremental pay-offs (Eq. 13).
        expected_q: (…, T) Σ_w π(w) Q̄(w) in the state before each token: `expectation(policy, target_q)` with the
            target critic's action values Q̄.
        entropies: (…, T) H(π) in the same states, in nats: `entropy(policy)`.
        mask: (…, T) bool, True at tokens up to and including EOS.
        tau: entropy regularisation τ ≥ 0.

    Returns:
        (…, T).
    """
    return action_value(rewards, state_value(expected_q, entropies, tau), mask).detach()


def td_loss(
    q_taken: Tensor, target: Tensor, mask: Tensor, kind: Literal["squared", "half-squared"] = "squared"
) -> Tensor:
    """Return the squared TD error, summed over time, averaged over sequences (Eq. 18).

    Args:
        q_taken: (…, T) Q of the sequences' tokens.
        target: (…, T) from `td_target`.
        mask: (…, T) bool, True at tokens up to and including EOS (fixes released-code A5).
        kind: "squared" as in Eq. 18; "half-squared" is half of it, as in the released code (released-code A4).

    Returns:
        Scalar.

    Raises:
        ValueError: `kind` is unknown.
    """
    _check(kind, "squared", "half-squared")
    loss = sequence_loss((q_taken - target).square(), mask)
    return loss if kind == "squared" else 0.5 * loss


def summed_td_error(
    q_taken: Tensor, target: Tensor, mask: Tensor, kind: Literal["squared", "absolute"] = "squared"
) -> Tensor:
    """Return the TD error of Eq. 18, squared or absolute, summed over all tokens; for validation.

    Args:
        q_taken: (…, T) Q of the sequences' tokens.
        target: (…, T) from `td_target`.
        mask: (…, T) bool, True at tokens up to and including EOS.
        kind: "squared" as in Eq. 18; "absolute" as the released code validates (released-code E4).

    Returns:
        Scalar, a sum: divide it by the number of tokens.

    Raises:
        ValueError: `kind` is unknown.
    """
    _check(kind, "squared", "absolute")
    error = q_taken - target
    return sum_over_time(error.square() if kind == "squared" else error.abs(), mask).sum()


def squared_deviations(q: Tensor) -> Tensor:
    """Return Σ_w [Q(w) − mean Q]² (…) of action values (…, V) (§4.2).

    Training runs `networks.output.OutputLayer.squared_deviations`, which is tested to be equal.
    """
    return (q - q.mean(dim=-1, keepdim=True)).square().sum(dim=-1)


def smoothing_loss(
    deviations: Tensor, mask: Tensor, kind: Literal["sum", "variance"] = "sum", vocabulary_size: int | None = None
) -> Tensor:
    """Return the deviations of Q over the words, summed over time, averaged over sequences (§4.2; Algorithm 3, line 7).

    Args:
        deviations: (…, T) Σ_w (Q(w) − mean Q)² (`squared_deviations`).
        mask: (…, T) bool, True at tokens up to and including EOS (fixes released-code A6).
        kind: "sum" of the squared deviations, as in §4.2; "variance" divides it by V − 1, as the released code does
            (released-code A3).
        vocabulary_size: V; only "variance" needs it.

    Returns:
        Scalar, without the factor λ_var.

    Raises:
        ValueError: `kind` is unknown, or "variance" without V.
    """
    _check(kind, "sum", "variance")
    total = sequence_loss(deviations, mask)
    if kind == "sum":
        return total
    if vocabulary_size is None:
        raise ValueError("kind='variance' needs vocabulary_size")
    return total / (vocabulary_size - 1)


def _check(kind: str, *known: str) -> None:
    if kind not in known:
        raise ValueError(f"kind={kind!r} is none of {', '.join(known)}")
