"""Common parts of the objectives: scores of tokens, sums over the steps of a sequence, and the value one step ahead.

A mask is boolean, and true up to and including EOS in each row: the episode ends where the mask ends.
"""

from torch import Tensor
from torch.nn.functional import pad


def taken(scores: Tensor, tokens: Tensor) -> Tensor:
    """Return the scores (…) of the tokens (…) out of the scores (…, V) of all words.

    Training runs `networks.output.OutputLayer.taken`, which is tested to be equal.
    """
    return scores.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def sum_over_time(terms: Tensor, mask: Tensor) -> Tensor:
    """Return the sum (…) of the terms (…, T) where the mask (…, T) is true; elsewhere the gradient is exactly zero."""
    return terms.masked_fill(~mask, 0.0).sum(dim=-1)


def sequence_loss(terms: Tensor, mask: Tensor) -> Tensor:
    """Return the terms (…, T), summed over time and averaged over sequences, () (released-code A22)."""
    return sum_over_time(terms, mask).mean()


def weighted_sequence_loss(token_losses: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    """Return Σ_i w_i Σ_t loss(y_t^(i)), averaged over the pairs: the loss of RAML and of VAML (App. B).

    The losses of the tokens decide which objective it is:

    - `token_losses`: RAML (App. B.1). With the weights P_R of all sequences it is CE(P_R ‖ P_θ) (Eq. 2).
    - `j_kappa`: VAML (App. B.2; Algorithm 2, line 4).
    - `target_losses`, with the weights P_Q(y) of all sequences: Eq. 17.

    Args:
        token_losses: (B, M, T) losses of the tokens in M sequences for each of B pairs.
        mask: (B, M, T) bool, True at tokens up to and including EOS.
        weights: (B, M) importance weights, each row summing to 1.

    Returns:
        Scalar.
    """
    return (weights * sum_over_time(token_losses, mask)).sum(dim=1).mean()


def one_step_ahead(values: Tensor, mask: Tensor) -> Tensor:
    """Return the value of the state after each token, from the values of the states before them.

    Args:
        values: (…, T) values; column j, counted from 0, has the state before token j.
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        (…, T): in column j the value of column j + 1; zero from EOS on, where the episode has ended (Eq. 8; fixes
        released-code A7).
    """
    return pad(values[..., 1:].masked_fill(~mask[..., 1:], 0.0), (0, 1))
