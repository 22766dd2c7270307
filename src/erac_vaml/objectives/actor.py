"""The actor: policy gradient of entropy-regularised reinforcement learning (Eq. 20, Algorithm 3)."""

from torch import Tensor
from torch.nn.functional import normalize

from erac_vaml.objectives.steps import expectation, sum_over_time


def actor_loss(log_probs: Tensor, q: Tensor, mask: Tensor, tau: float, normalise_log_probs: bool) -> Tensor:
    """Return −Σ_t Σ_w π(w) Q(w) − τ Σ_t H(π), averaged over sequences; its gradient is that of Eq. 20, negated.

    ∇H(π) = −Σ_w ∇π(w) log π(w), as Σ_w ∇π(w) = 0; so the gradient is −Σ_t Σ_w ∇π(w) [Q(w) − τ log π(w)], and the
    bracket is a constant to it. No gradient flows into Q.

    Args:
        log_probs: (B, T, V) of the policy π, in the states that the sampled sequences pass through.
        q: (B, T, V) of the critic in the same states.
        mask: (B, T) bool, True at tokens up to and including EOS.
        tau: entropy regularisation τ ≥ 0.
        normalise_log_probs: divide the bracket's log π by its L2 norm over the words (released-code A1); the loss then
            has −Σ_w π log π / ‖log π‖ in the entropy's place.

    Returns:
        Scalar, without the λ_MLE term.
    """
    policy = log_probs.exp()
    constant_log_probs = log_probs.detach()
    if normalise_log_probs:
        finite = constant_log_probs.masked_fill(constant_log_probs.isneginf(), 0.0)
        constant_log_probs = normalize(finite, dim=-1)
    signal = q.detach() - tau * constant_log_probs
    return -sum_over_time(expectation(policy, signal), mask).mean()
