"""Weights of reward augmented maximum likelihood (Eq. 1), by importance sampling (App. B.1).

The loss (Eq. 2) is `weighted_sequence_loss` of `token_losses`.
"""

from torch import Tensor


def importance_weights(payoffs: Tensor, tau: float) -> Tensor:
    """Return exp(R/τ), normalised over the sequences of a pair (App. B.1).

    Over all sequences Y the weights are P_R (Eq. 1). Like the paper, they omit the probability of the proposal, as if
    it were uniform. It is not uniform, because n is drawn first and the reference is always included. So they are not
    exact importance weights of P_R. The released code uses the unscaled pay-off and τ = 1 (released-code A10, A11).

    Args:
        payoffs: (B, M) pay-offs R of whole sequences.
        tau: temperature τ > 0, in the unit of R.

    Returns:
        (B, M), each row summing to 1.
    """
    return (payoffs / tau).softmax(dim=-1)
