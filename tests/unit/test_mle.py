import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from erac_vaml.objectives.mle import mle_loss, sequence_log_probs

SEQUENCES = torch.tensor([[4, 5, 3], [4, 3, 0]])
MASK = SEQUENCES != 0


def random_logits() -> torch.Tensor:
    return torch.randn(2, 3, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)


def test_log_probabilities_of_the_tokens_add_up() -> None:
    probs = torch.full((2, 3, 6), 0.1)
    probs[0, 0, 4], probs[0, 1, 5], probs[0, 2, 3] = 0.5, 0.25, 0.2
    probs[1, 0, 4], probs[1, 1, 3] = 0.3, 0.4
    expected = [math.log(0.5 * 0.25 * 0.2), math.log(0.3 * 0.4)]
    assert sequence_log_probs(probs.log(), SEQUENCES, MASK).tolist() == pytest.approx(expected)


def test_any_leading_shape_is_accepted() -> None:
    log_probs = random_logits().log_softmax(-1)
    nested = sequence_log_probs(log_probs[None], SEQUENCES[None], MASK[None])
    assert nested.tolist() == [sequence_log_probs(log_probs, SEQUENCES, MASK).tolist()]


def test_the_loss_is_cross_entropy_summed_over_time_and_averaged_over_sequences() -> None:
    logits = random_logits()
    summed = cross_entropy(logits.flatten(0, 1), SEQUENCES.flatten(), ignore_index=0, reduction="sum")
    torch.testing.assert_close(mle_loss(logits.log_softmax(-1), SEQUENCES, MASK), summed / 2)


def test_padding_has_exactly_no_gradient() -> None:
    logits = random_logits()
    mle_loss(logits.log_softmax(-1), SEQUENCES, MASK).backward()
    assert logits.grad is not None
    assert (logits.grad[~MASK] == 0).all()
    assert (logits.grad[MASK] != 0).all()


def test_an_impossible_word_at_padding_does_no_harm() -> None:
    log_probs = random_logits().log_softmax(-1).detach()
    log_probs[1, 2] = -math.inf
    assert mle_loss(log_probs, SEQUENCES, MASK).isfinite()
