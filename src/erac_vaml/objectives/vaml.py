"""Value augmented maximum likelihood: token-level targets from the Q-network (Eqs. 3 and 17, App. B.2)."""

from torch import Tensor

from erac_vaml.objectives.steps import expectation, sum_over_time, taken


def token_target(q: Tensor, tau: float) -> Tensor:
    """Return P_Q(w) = exp(Q(w)/τ) / Σ_w' exp(Q(w')/τ) (Eq. 3) of the same shape as q (…, V)."""
    return (q / tau).softmax(dim=-1)


def cross_entropy(target_probs: Tensor, log_probs: Tensor) -> Tensor:
    """Return CE(target ‖ model) = −Σ_w target(w) log model(w) in nats: (…) out of two (…, V)."""
    return -expectation(target_probs, log_probs)


def vaml_loss(
    weights: Tensor, q: Tensor, log_probs: Tensor, sequences: Tensor, choose_target: Tensor, mask: Tensor, tau: float
) -> Tensor:
    """Return Σ_i w_i Σ_t J_κ(y_1^(i)t), averaged over the pairs (App. B.2; Algorithm 2, line 4).

    J_κ is the cross entropy against the token target where z ~ Bernoulli(κ) is 1, elsewhere −log P_θ(y_t | y_1^{t−1})
    (released-code A21). Q is fixed: no gradient flows into it.

    Args:
        weights: (B, M) importance weights, each row summing to 1.
        q: (B, M, T, V) of the Q-network.
        log_probs: (B, M, T, V) of the model P_θ.
        sequences: (B, M, T) words EOS PAD.
        choose_target: (B, M, T) bool, z of every token.
        mask: (B, M, T) bool, True at tokens up to and including EOS.
        tau: temperature τ > 0 of the token target.

    Returns:
        Scalar.
    """
    towards_target = cross_entropy(token_target(q.detach(), tau), log_probs)
    towards_token = -taken(log_probs, sequences)
    per_sequence = sum_over_time(towards_target.where(choose_target, towards_token), mask)
    return (weights * per_sequence).sum(dim=1).mean()
