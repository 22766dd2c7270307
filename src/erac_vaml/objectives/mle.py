"""Maximum likelihood (§1; the actor's pre-training, Algorithm 3's λ_MLE term)."""

from torch import Tensor

from erac_vaml.objectives.steps import sum_over_time, taken


def sequence_log_probs(log_probs: Tensor, sequences: Tensor, mask: Tensor) -> Tensor:
    """Return log P_θ(y | x) = Σ_t log P_θ(y_t | y_1^{t−1}, x) in nats.

    Args:
        log_probs: (…, T, V) of all words at every step.
        sequences: (…, T) words EOS PAD.
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        (…).
    """
    return sum_over_time(taken(log_probs, sequences), mask)


def mle_loss(log_probs: Tensor, sequences: Tensor, mask: Tensor) -> Tensor:
    """Return the mean negative log-likelihood of the sequences, in nats a sequence (released-code A22).

    Shapes are those of `sequence_log_probs`; the result is a scalar.
    """
    return -sequence_log_probs(log_probs, sequences, mask).mean()
