"""Maximum likelihood (§1): the actor's pre-training, and the λ_MLE term of Algorithm 3, line 8."""

from torch import Tensor

from erac_vaml.objectives.steps import sequence_loss, taken


def token_losses(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return −log P_θ(token) (…), in nats, of tokens (…) under the model softmax(logits), logits (…, V).

    With the kernel `rows` on, training runs `kernels.row_gradients`, which is tested to be equal.
    """
    return -taken(logits.log_softmax(dim=-1), tokens)


def mle_loss(losses: Tensor, mask: Tensor) -> Tensor:
    """Return −log P_θ(y* | x*), averaged over sequences, in nats a sequence (released-code A22).

    Args:
        losses: (…, T) −log P_θ(y_t | y_1^{t−1}, x) (`token_losses`).
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        Scalar.
    """
    return sequence_loss(losses, mask)
