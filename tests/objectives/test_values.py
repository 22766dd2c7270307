"""Values, policies and entropy against loops and hand-worked numbers."""

import math

import pytest
import torch
from torch.autograd import gradcheck

from erac_vaml.objectives import action_value, entropy, expectation, log_policy, soft_value, state_value, token_target

TAU = 0.4
# Two sequences of 3 and 2 tokens.
MASK = torch.tensor([[True, True, True], [True, True, False]])
REWARDS = torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]])
VALUES = torch.tensor([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]])


def value_of(*q: float, tau: float) -> float:
    return soft_value(torch.tensor([q]), tau).item()


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


@pytest.mark.parametrize("tau", [0.1, 0.4, 2.0])
def test_the_soft_values_gradient_is_its_finite_difference(tau: float) -> None:
    q = torch.randn(4, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda q: soft_value(q, tau), q)


def test_the_target_adds_the_value_of_the_next_state_and_ends_at_eos() -> None:
    # Eq. 15; the second sequence's eos is its 2nd token: no value of the padding after it (released-code A7 fixed).
    target = action_value(REWARDS, VALUES, MASK)
    assert target.tolist() == [[1.0 + 20.0, 2.0 + 30.0, 0.0], [3.0 + 50.0, 0.0, 0.0]]


def test_the_token_target_is_proportional_to_the_exponentiated_q() -> None:
    weights = [math.exp(q / TAU) for q in (0.2, -0.3, 1.0)]
    target = token_target(torch.tensor([[0.2, -0.3, 1.0]]), TAU)
    assert target[0].tolist() == pytest.approx([w / sum(weights) for w in weights])


def test_an_impossible_word_has_no_target_probability() -> None:
    assert token_target(torch.tensor([[1.0, -1e4]]), TAU).tolist() == [[1.0, 0.0]]


def test_the_entropy_is_that_of_the_policy() -> None:
    policies = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])
    expected = [-sum(p * math.log(p) for p in policy) for policy in policies.tolist()]
    assert entropy(policies).tolist() == pytest.approx(expected)


def test_the_entropy_of_equal_chances_is_the_log_of_their_number() -> None:
    assert entropy(torch.full((2, 20_000), 1 / 20_000)).tolist() == pytest.approx([math.log(20_000)] * 2)


def test_a_word_without_a_chance_adds_no_entropy_and_no_infinite_gradient() -> None:
    policy = torch.tensor([[1.0, 0.0, 0.0]], requires_grad=True)
    values = entropy(policy)
    assert values.tolist() == [0.0]
    assert torch.autograd.grad(values.sum(), policy)[0].isfinite().all()


def test_the_log_policy_is_finite() -> None:
    assert log_policy(torch.tensor([1.0, 0.5])).tolist() == pytest.approx([0.0, -math.log(2)])
    assert log_policy(torch.tensor([0.0])).item() == pytest.approx(math.log(torch.finfo().tiny))


def test_the_entropys_gradient_in_the_logits_is_its_finite_difference() -> None:
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda logits: entropy(logits.softmax(-1)), logits)


def test_the_value_of_a_policy_is_its_expected_value_and_its_entropy() -> None:
    policy, q = torch.tensor([[0.5, 0.25, 0.25]]), torch.tensor([[1.0, 2.0, 6.0]])
    value = state_value(expectation(policy, q), entropy(policy), 0.1)
    assert value.tolist() == pytest.approx([2.5 + 0.1 * (0.5 * math.log(2) + 0.5 * math.log(4))])


def test_the_token_targets_own_value_is_the_soft_value() -> None:
    """Eqs. 9, 10 and 12: the optimal policy attains the soft value."""
    q = torch.randn(6, 5, generator=torch.Generator().manual_seed(2))
    policy = token_target(q, TAU)
    torch.testing.assert_close(state_value(expectation(policy, q), entropy(policy), TAU), soft_value(q, TAU))
