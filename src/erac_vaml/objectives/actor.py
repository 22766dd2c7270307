"""The actor: policy gradient of entropy-regularised reinforcement learning (Eq. 20, Algorithm 3)."""

import torch
from torch import Tensor

from erac_vaml.objectives.steps import sum_over_time


def policy_losses(policy: Tensor, q: Tensor, tau: float, normalise_log_probs: bool) -> Tensor:
    """Return −Σ_w π(w) [Q(w) − τ log π(w)], (n,), of the policies π (n, V) (Eq. 20).

    A row function (`networks.output`). As Σ_w ∇π(w) = 0, ∇H(π) = −Σ_w ∇π(w) log π(w), so the bracket is a constant to
    the gradient −Σ_w ∇π(w) [Q(w) − τ log π(w)], and Q is one anyway. In the logits of π that is
    −π(w) (bracket(w) − Σ_w' π(w') bracket(w')).

    Args:
        policy: (n, V), overwritten by the gradient in its logits.
        q: (n, V) of the critic in the same states; overwritten too.
        tau: entropy regularisation τ ≥ 0.
        normalise_log_probs: divide the bracket's log π by its L2 norm over the words (released-code A1); the value then
            has −Σ_w π log π / ‖log π‖ in the entropy's place.
    """
    # A word without any chance adds nothing, whatever the finite number in its logarithm's place.
    log_probs = policy.clamp_min(torch.finfo(policy.dtype).tiny).log_()
    if normalise_log_probs:
        log_probs.div_(log_probs.norm(dim=-1, keepdim=True))
    negated_bracket = log_probs.mul_(tau).sub_(q)
    products = torch.mul(policy, negated_bracket, out=q)
    losses = products.sum(dim=-1)
    torch.addcmul(products, policy, losses.unsqueeze(1), value=-1, out=policy)
    return losses


def actor_loss(policy_losses: Tensor, mask: Tensor) -> Tensor:
    """Return −Σ_t Σ_w π(w) Q(w) − τ Σ_t H(π), averaged over sequences; its gradient is that of Eq. 20, negated.

    Args:
        policy_losses: (B, T) of the states that the sampled sequences pass through.
        mask: (B, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar, without the λ_MLE term.
    """
    return sum_over_time(policy_losses, mask).mean()
