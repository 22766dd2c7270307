"""Reward augmented maximum likelihood (Eqs. 1 and 2), by importance sampling (App. B.1)."""

from torch import Tensor

from erac_vaml.objectives.steps import sum_over_time


def importance_weights(payoffs: Tensor, tau: float) -> Tensor:
    """Return exp(R/τ), normalised over the sequences of a pair (App. B.1).

    The proposal is uniform, so that its probability cancels. Over all sequences of Y the weights are P_R (Eq. 1). The
    released code's weights are those of the unscaled pay-off at τ = 1 (released-code A10).

    Args:
        payoffs: (B, M) pay-offs R of whole sequences.
        tau: temperature τ > 0, in the unit of R.

    Returns:
        (B, M), each row summing to 1.
    """
    return (payoffs / tau).softmax(dim=-1)


def raml_loss(weights: Tensor, token_losses: Tensor, mask: Tensor) -> Tensor:
    """Return −Σ_i w_i log P_θ(y^(i) | x*), averaged over the pairs (App. B.1).

    With the weights P_R of all sequences it is CE(P_R ‖ P_θ) (Eq. 2). With J_κ in the place of the tokens' losses it is
    the loss of VAML (App. B.2; Algorithm 2, line 4), and with `target_losses` and P_Q that of Eq. 17.

    Args:
        weights: (B, M) importance weights, each row summing to 1.
        token_losses: (B, M, T) −log P_θ(y_t^(i) | y_1^(i)t−1, x*).
        mask: (B, M, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar.
    """
    return (weights * sum_over_time(token_losses, mask)).sum(dim=1).mean()
