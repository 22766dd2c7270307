"""Maximum likelihood (§1): the actor's pre-training, and the λ_MLE term of Algorithm 3, line 8."""

from torch import Tensor

from erac_vaml.objectives.steps import sum_over_time, taken


def token_losses(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return −log P_θ(token), (…), in nats, of tokens (…) under the model softmax(logits (…, V))."""
    return -taken(logits.log_softmax(dim=-1), tokens)


def mle_loss(token_losses: Tensor, mask: Tensor) -> Tensor:
    """Return −log P_θ(y* | x*), averaged over sequences, in nats a sequence (released-code A22).

    Args:
        token_losses: (…, T) −log P_θ(y_t | y_1^{t−1}, x).
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar.
    """
    return sum_over_time(token_losses, mask).mean()
