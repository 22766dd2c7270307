"""Weights of reward augmented maximum likelihood (Eq. 1), by importance sampling (App. B.1).

The loss (Eq. 2) is `weighted_sequence_loss` of `token_losses`.
"""

from torch import Tensor


def importance_weights(payoffs: Tensor, tau: float) -> Tensor:
    """Return exp(R/τ), normalised over the sequences of a pair (App. B.1).

    Over all sequences Y the weights are P_R (Eq. 1). Like the paper, they leave out the probability of the proposal,
    as if it were uniform; it is not, because n is drawn first. The reference is always among the sequences. The results
    are therefore not exact importance weights of P_R. The released code uses the unscaled pay-off and τ = 1
    (released-code A10, A11).

    Args:
        payoffs: (B, M) pay-offs R of whole sequences.
        tau: temperature τ > 0, in the unit of R.

    Returns:
        (B, M), each row summing to 1.
    """
    return (payoffs / tau).softmax(dim=-1)
