"""Reward augmented maximum likelihood (Eq. 2), by importance sampling (App. B.1)."""

from torch import Tensor


def raml_loss(weights: Tensor, sequence_log_probs: Tensor) -> Tensor:
    """Return −Σ_i w_i log P_θ(y^(i) | x*), averaged over the pairs (App. B.1).

    Args:
        weights: (B, M) importance weights, each row summing to 1.
        sequence_log_probs: (B, M) log-probabilities of the whole sequences.

    Returns:
        Scalar.
    """
    return -(weights * sequence_log_probs).sum(dim=1).mean()
