"""Reward augmented maximum likelihood (Eq. 2), by importance sampling (App. B.1)."""

from torch import Tensor

from erac_vaml.objectives.steps import sum_over_time


def raml_loss(weights: Tensor, token_losses: Tensor, mask: Tensor) -> Tensor:
    """Return −Σ_i w_i log P_θ(y^(i) | x*), averaged over the pairs (App. B.1).

    Args:
        weights: (B, M) importance weights, each row summing to 1.
        token_losses: (B, M, T) −log P_θ(y_t^(i) | y_1^(i)t−1, x*).
        mask: (B, M, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar.
    """
    return (weights * sum_over_time(token_losses, mask)).sum(dim=1).mean()
