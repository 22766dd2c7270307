"""Value augmented maximum likelihood: token-level targets from the Q-network (Eqs. 3 and 17, App. B.2).

J_κ of App. B.2 is, token by token, the cross entropy against the target where z ~ Bernoulli(κ) is 1, elsewhere
−log P_θ(y_t | y_1^{t−1}) (released-code A21); its sum over the weighted sequences is `raml_loss`.
"""

from torch import Tensor

from erac_vaml.networks.softmax import softmax_


def token_target(q: Tensor, tau: float) -> Tensor:
    """Return P_Q(w) = exp(Q(w)/τ) / Σ_w' exp(Q(w')/τ) (Eq. 3) of q (n, V), which it overwrites."""
    softmax_(q.div_(tau))
    return q


def target_losses(logits: Tensor, target_probs: Tensor) -> Tensor:
    """Return CE(target ‖ model) = −Σ_w target(w) log P_θ(w), (n,), in nats, of softmax(logits (n, V)) (Eq. 17).

    A row function (`networks.output`): the logits become its gradient, P_θ(w) − target(w).

    Args:
        logits: (n, V), finite.
        target_probs: (n, V), each row summing to 1.
    """
    expected_logits = (target_probs * logits).sum(dim=-1)
    losses = softmax_(logits) - expected_logits
    logits.sub_(target_probs)
    return losses
