"""What the objectives share: tokens' scores, sums over a sequence's steps, and the value one step ahead."""

from torch import Tensor
from torch.nn.functional import pad


def taken(scores: Tensor, tokens: Tensor) -> Tensor:
    """Return the scores (…) of the tokens (…) out of the scores (…, V) of all words."""
    return scores.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def sum_over_time(terms: Tensor, mask: Tensor) -> Tensor:
    """Return (…): the terms (…, T) summed where the mask (…, T) is true; elsewhere the gradient is exactly zero."""
    return terms.masked_fill(~mask, 0.0).sum(dim=-1)


def one_step_ahead(values: Tensor, mask: Tensor) -> Tensor:
    """Return V(y_1^t) for every t, from the values of the states in which the tokens are chosen.

    Args:
        values: (…, T); values[t] is that of the state y_1^{t−1}, in which token t is chosen.
        mask: (…, T) bool, True at tokens up to and including EOS.

    Returns:
        (…, T): values[t + 1]; zero at EOS and after it, where the episode has ended (Eq. 8; fixes released-code A7).
    """
    return pad(values[..., 1:].masked_fill(~mask[..., 1:], 0.0), (0, 1))
