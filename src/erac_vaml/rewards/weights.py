"""Importance weights of the proposals (App. B.1)."""

from torch import Tensor


def importance_weights(payoffs: Tensor, tau: float) -> Tensor:
    """Return exp(R/τ) normalised over a pair's sequences (App. B.1); the uniform proposal's probability cancels.

    The released code's weights are those of the unscaled pay-off and τ = 1 (released-code A10).

    Args:
        payoffs: (B, M) R of the whole sequences.
        tau: temperature τ > 0, in the unit of R.

    Returns:
        (B, M), each row summing to 1.
    """
    return (payoffs / tau).softmax(dim=-1)
