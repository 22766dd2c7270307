"""The actor: policy gradient of entropy-regularised reinforcement learning (Eq. 20, Algorithm 3)."""

from torch import Tensor
from torch.nn.functional import normalize

from erac_vaml.objectives.steps import sequence_loss
from erac_vaml.objectives.values import expectation, log_policy


def policy_losses(policy: Tensor, q: Tensor, tau: float, normalise_log_probs: bool = False) -> Tensor:
    """Return −Σ_w π(w) [Q(w) − τ log π(w)], (…), whose gradient is −[Σ_w ∇π(w) Q(w) + τ ∇H(π)] (Eq. 20).

    Q(w) − τ log π(w) is detached: as Σ_w ∇π(w) = 0, ∇H(π) = −Σ_w ∇π(w) log π(w).

    Args:
        policy: (…, V) π in the states that the sampled sequences pass through, with a graph.
        q: (…, V) Q of the critic in the same states.
        tau: entropy regularisation τ ≥ 0.
        normalise_log_probs: divide log π by its L2 norm over the words (released-code A1); −Σ_w π log π / ‖log π‖ then
            replaces the entropy.
    """
    log_probs = log_policy(policy.detach())
    if normalise_log_probs:
        log_probs = normalize(log_probs, dim=-1)
    return -expectation(policy, q.detach() - tau * log_probs)


def actor_loss(losses: Tensor, mask: Tensor) -> Tensor:
    """Return −Σ_t [Σ_w π(w) Q(w) + τ H(π)], averaged over sequences (Algorithm 3, line 8, without the λ_MLE term).

    Args:
        losses: (…, T) losses of the states that the sampled sequences pass through (`policy_losses`).
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar.
    """
    return sequence_loss(losses, mask)
