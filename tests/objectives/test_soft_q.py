import math
from functools import partial

import pytest
import torch
from torch import Tensor

from erac_vaml.objectives.soft_q import soft_q_loss, soft_q_target, soft_value
from erac_vaml.theory.tables import values_of

# Two sequences of 3 and 2 tokens.
MASK = torch.tensor([[True, True, True], [True, True, False]])
REWARDS = torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]])
VALUES = torch.tensor([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]])


def value_of(*q: float, tau: float) -> float:
    return soft_value(torch.tensor([q]), tau).item()


def soft_values(q: Tensor, tau: float) -> Tensor:
    """(…) of action values (…, V), with the row function's gradient."""
    return values_of(partial(soft_value, tau=tau), q)


@pytest.mark.parametrize("tau", [0.1, 0.4, 2.0])
def test_the_soft_value_is_the_scaled_log_of_summed_exponentials(tau: float) -> None:
    expected = tau * math.log(sum(math.exp(q / tau) for q in (0.3, -1.0, 0.7)))
    assert value_of(0.3, -1.0, 0.7, tau=tau) == pytest.approx(expected)


def test_the_soft_value_of_equal_values_exceeds_them_by_the_entropy() -> None:
    assert value_of(*[3.0] * 8, tau=0.5) == pytest.approx(3.0 + 0.5 * math.log(8))


def test_the_soft_value_nears_the_largest_value_at_a_low_temperature() -> None:
    assert value_of(100.0, 99.0, -300.0, tau=0.001) == pytest.approx(100.0)


def test_impossible_words_add_nothing_to_the_soft_value() -> None:
    assert value_of(2.0, -1e4, tau=0.4) == pytest.approx(2.0)


def test_the_action_values_become_their_policy() -> None:
    tau, q = 0.4, torch.tensor([[0.3, -1.0, 0.7]])
    shares = [math.exp(x / tau) for x in q[0].tolist()]
    soft_value(q, tau)
    assert q[0].tolist() == pytest.approx([share / sum(shares) for share in shares])


@pytest.mark.parametrize("tau", [0.1, 0.4, 2.0])
def test_the_soft_values_gradient_is_its_finite_difference(tau: float) -> None:
    q = torch.randn(4, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda q: soft_values(q, tau), q)


def test_the_target_adds_the_value_of_the_next_state_and_ends_at_eos() -> None:
    # Eq. 15; the second sequence's eos is its 2nd token: no value of the padding after it (mended released-code A7).
    target = soft_q_target(REWARDS, VALUES, MASK)
    assert target.tolist() == [[1.0 + 20.0, 2.0 + 30.0, 0.0], [3.0 + 50.0, 0.0, 0.0]]


def test_the_loss_is_summed_over_time_and_averaged_over_sequences() -> None:
    q_taken = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 600.0]])
    target = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert soft_q_loss(q_taken, target, MASK).item() == pytest.approx((1 + 4 + 9 + 16 + 25) / 2)


def test_the_gradient_flows_through_q_and_through_the_next_value() -> None:
    q_taken, values = torch.zeros(2, 3, requires_grad=True), VALUES.clone().requires_grad_()
    soft_q_loss(q_taken, soft_q_target(REWARDS, values, MASK), MASK).backward()
    residuals = torch.tensor([[-21.0, -32.0, 0.0], [-53.0, 0.0, 0.0]])  # each: 2δ over 2 sequences
    assert q_taken.grad is not None
    assert q_taken.grad.tolist() == residuals.tolist()
    assert values.grad is not None
    assert values.grad.tolist() == [[0.0, 21.0, 32.0], [0.0, 53.0, 0.0]]


def test_padding_has_exactly_no_gradient() -> None:
    q = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    target = soft_q_target(REWARDS, soft_values(q, 0.4), MASK)
    soft_q_loss(q[..., 1], target, MASK).backward()
    assert q.grad is not None
    assert (q.grad[~MASK] == 0).all()
    assert (q.grad[MASK].abs().sum(dim=-1) > 0).all()


def test_equal_lengths_give_the_released_codes_loss() -> None:
    """Released-code A7, A20 and A22 in loops, time first: target R[t] + V[t + 1], and R alone at the last step."""
    generator = torch.Generator().manual_seed(2)
    batch, length, size, tau = 4, 6, 7, 0.4
    q = torch.randn(batch, length, size, generator=generator)
    rewards = torch.randn(batch, length, generator=generator)
    actions = torch.randint(size, (batch, length), generator=generator)

    expected = 0.0
    for b in range(batch):
        v = [tau * math.log(sum(math.exp(x / tau) for x in q[b, t].tolist())) for t in range(length)]
        for t in range(length):
            target = rewards[b, t].item() + (v[t + 1] if t + 1 < length else 0.0)
            expected += (q[b, t, actions[b, t]].item() - target) ** 2 / batch

    mask = torch.ones(batch, length, dtype=torch.bool)
    q_taken = q.gather(2, actions[..., None])[..., 0]
    loss = soft_q_loss(q_taken, soft_q_target(rewards, soft_values(q, tau), mask), mask)
    assert loss.item() == pytest.approx(expected, rel=1e-5)
