import math

import pytest
import torch

from erac_vaml.objectives import action_value, soft_q_loss, soft_value, taken

# Two sequences of 3 and 2 tokens.
MASK = torch.tensor([[True, True, True], [True, True, False]])
REWARDS = torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]])
VALUES = torch.tensor([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]])


def test_the_loss_is_summed_over_time_and_averaged_over_sequences() -> None:
    q_taken = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 600.0]])
    target = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert soft_q_loss(q_taken, target, MASK).item() == pytest.approx((1 + 4 + 9 + 16 + 25) / 2)


def test_the_gradient_flows_through_q_and_through_the_next_value() -> None:
    q_taken, values = torch.zeros(2, 3, requires_grad=True), VALUES.clone().requires_grad_()
    soft_q_loss(q_taken, action_value(REWARDS, values, MASK), MASK).backward()
    residuals = torch.tensor([[-21.0, -32.0, 0.0], [-53.0, 0.0, 0.0]])  # each: 2δ over 2 sequences
    assert q_taken.grad is not None
    assert q_taken.grad.tolist() == residuals.tolist()
    assert values.grad is not None
    assert values.grad.tolist() == [[0.0, 21.0, 32.0], [0.0, 53.0, 0.0]]


def test_padding_has_exactly_no_gradient() -> None:
    q = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    target = action_value(REWARDS, soft_value(q, 0.4), MASK)
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
    loss = soft_q_loss(taken(q, actions), action_value(rewards, soft_value(q, tau), mask), mask)
    assert loss.item() == pytest.approx(expected, rel=1e-5)
