"""Value augmented maximum likelihood: a target for each token (Eq. 17, App. B.2, Algorithm 2)."""

from torch import Tensor

from erac_vaml.objectives.values import expectation


def target_losses(logits: Tensor, target: Tensor) -> Tensor:
    """Return CE(P_Q ‖ P_θ) = −Σ_w P_Q(w) log P_θ(w) (…), in nats, of every token (Eq. 17).

    Args:
        logits: (…, V) finite logits; P_θ is their softmax.
        target: (…, V) P_Q of the same states, each row summing to 1 (`token_target`).
    """
    return -expectation(target, logits.log_softmax(dim=-1))


def j_kappa(towards_target: Tensor, towards_token: Tensor, z: Tensor) -> Tensor:
    """Return z · CE(P_Q ‖ P_θ) − (1 − z) · log P_θ(y_t) (…) of every token (App. B.2).

    The paper's J_κ is the expectation over z. One draw of z is an unbiased estimate of it.

    Args:
        towards_target: (…) CE(P_Q ‖ P_θ) (`target_losses`).
        towards_token: (…) −log P_θ(y_t) (`token_losses`).
        z: (…) bool, drawn from Bernoulli(κ) for each token (released-code A21).
    """
    return towards_target.where(z, towards_token)
