"""Soft Q-learning of the oracle Q (Eq. 16, Algorithm 1)."""

from torch import Tensor

from erac_vaml.objectives.steps import sequence_loss


def soft_q_loss(q_taken: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Return the squared soft Bellman residual, summed over time, averaged over sequences (Eq. 16; Algorithm 1).

    The gradient also flows through the target, because there is no target network (§4.1; released-code A20).

    Args:
        q_taken: (…, T) Q of the sequences' tokens.
        target: (…, T) `action_value` of the rewards and the soft values (Eq. 15; Algorithm 1, line 5).
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar.
    """
    return sequence_loss((q_taken - target).square(), mask)
