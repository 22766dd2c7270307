"""Soft Q-learning of the oracle Q (Eqs. 14 to 16, Algorithm 1)."""

from torch import Tensor

from erac_vaml.networks.softmax import softmax_
from erac_vaml.objectives.steps import one_step_ahead, sum_over_time


def soft_value(q: Tensor, tau: float) -> Tensor:
    """Return V = τ log Σ_w exp(Q(w)/τ), (n,), of action values (n, V) at a temperature τ > 0 (Eqs. 10 and 14).

    A row function (`networks.output`): the action values become its gradient, exp((Q(w) − V)/τ).
    """
    return tau * softmax_(q.div_(tau))


def soft_q_target(rewards: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Return the target r(y_1^{t−1}, y_t) + V(y_1^t) (Eq. 15; Algorithm 1, line 5); at EOS the reward alone (Eq. 8).

    The gradient flows through the values: there is no target network (§4.1; released-code A20).

    Args:
        rewards: (…, T) incremental pay-offs (Eq. 13).
        values: (…, T); values[t] is the soft value of the state in which token t is chosen: V(y_1^t) is values[t + 1].
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        (…, T).
    """
    return rewards + one_step_ahead(values, mask)


def soft_q_loss(q_taken: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Return the squared soft Bellman residual, summed over time, averaged over sequences (Eq. 16; Algorithm 1).

    Args:
        q_taken: (…, T) Q of the sequences' own tokens.
        target: (…, T) from `soft_q_target`.
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar.
    """
    return sum_over_time((q_taken - target).square(), mask).mean()
