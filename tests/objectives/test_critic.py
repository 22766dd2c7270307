import math

import pytest
import torch
from enumerable import (
    ACTIONS,
    AT_LIMIT,
    MASK,
    PREFIXES,
    STATES,
    Task,
    bleu_task,
    exact_q,
    random_policy,
    random_task,
)

from erac_vaml.objectives import (
    entropy,
    expectation,
    smoothing_loss,
    squared_deviations,
    summed_td_error,
    taken,
    td_loss,
    td_target,
)
from erac_vaml.rewards import incremental_rewards

# Two sequences of 3 and 2 tokens.
SHORT_MASK = torch.tensor([[True, True, True], [True, True, False]])


@pytest.mark.parametrize("tau", [0.0, 0.04, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("task", [pytest.param(bleu_task(), id="bleu"), pytest.param(random_task(3), id="random")])
def test_repeated_targets_converge_to_the_expected_return_and_future_entropy(task: Task, seed: int, tau: float) -> None:
    """Policy evaluation, Q ← target of Eq. 19 on all sequences from a random start, against listing continuations."""
    log_probs = random_policy(seed)
    rewards = incremental_rewards(task.of_prefixes, MASK)
    policy = log_probs.exp()
    q = torch.randn(len(PREFIXES), 3, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    for _ in range(MASK.shape[1]):  # one sweep for each step of the horizon
        target = td_target(rewards, expectation(policy, q)[STATES], entropy(policy)[STATES], MASK, tau)
        q = q.clone()
        q[STATES[MASK], ACTIONS[MASK]] = target[MASK]
    exact = exact_q(task, log_probs, tau)
    torch.testing.assert_close(q[~AT_LIMIT], exact[~AT_LIMIT], atol=1e-12, rtol=1e-10)
    assert q[AT_LIMIT, 0].tolist() == exact[AT_LIMIT, 0].tolist()


def test_the_target_looks_one_step_ahead_and_ends_at_eos() -> None:
    expected_q = torch.tensor([[1.0, 3.0, 4.0], [1.0, 6.0, 90.0]])
    entropies = torch.tensor([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]])
    rewards = torch.tensor([[1.0, 0.5, 0.0], [2.0, 0.0, 0.0]])
    target = td_target(rewards, expected_q, entropies, SHORT_MASK, tau=0.1)
    assert target[0].tolist() == pytest.approx([1.0 + 3.0 + 2.0, 0.5 + 4.0 + 3.0, 0.0])
    assert target[1].tolist() == pytest.approx([2.0 + 6.0 + 5.0, 0.0, 0.0])


def test_the_target_has_no_gradient() -> None:
    expected_q = torch.zeros(2, 3, requires_grad=True)
    entropies = torch.zeros(2, 3, requires_grad=True)
    assert not td_target(torch.zeros(2, 3), expected_q, entropies, SHORT_MASK, 0.1).requires_grad


def test_the_td_loss_is_summed_over_time_and_averaged_over_sequences() -> None:
    q_taken = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 600.0]])
    assert td_loss(q_taken, torch.zeros(2, 3), SHORT_MASK, "squared").item() == pytest.approx((1 + 4 + 9 + 16 + 25) / 2)


@pytest.mark.parametrize(("kind", "total"), [("squared", 1 + 4 + 9 + 16 + 25), ("absolute", 1 + 2 + 3 + 4 + 5)])
def test_the_td_error_of_validation_is_summed_over_all_tokens_and_no_padding(kind, total) -> None:
    q_taken = torch.tensor([[1.0, -2.0, 3.0], [-4.0, 5.0, 600.0]])
    assert summed_td_error(q_taken, torch.zeros(2, 3), SHORT_MASK, kind).item() == total


def test_the_td_losses_have_gradients_two_delta_and_delta() -> None:
    target = torch.tensor([[0.5, 1.0, 0.0], [2.0, 0.0, 0.0]])
    gradients = []
    for kind in ("squared", "half-squared"):
        q_taken = torch.ones(2, 3, requires_grad=True)
        td_loss(q_taken, target, SHORT_MASK, kind).backward()
        gradients.append((2 * q_taken.grad).tolist())  # averaged over 2 sequences
    assert gradients[0] == [[1.0, 0.0, 2.0], [-2.0, 2.0, 0.0]]
    assert gradients[1] == [[0.5, 0.0, 1.0], [-1.0, 1.0, 0.0]]


@pytest.mark.parametrize(
    "loss",
    [
        lambda: td_loss(torch.ones(2, 3), torch.zeros(2, 3), SHORT_MASK, "Squared"),
        lambda: summed_td_error(torch.ones(2, 3), torch.zeros(2, 3), SHORT_MASK, "half-squared"),
        lambda: smoothing_loss(torch.ones(2, 3), SHORT_MASK, "mean"),
        lambda: smoothing_loss(torch.ones(2, 3), SHORT_MASK, "variance"),
    ],
    ids=["td", "error", "smoothing", "variance without V"],
)
def test_an_unknown_kind_is_refused(loss) -> None:
    with pytest.raises(ValueError, match="kind="):
        loss()


DEVIATIONS = torch.tensor([[14.0, 2.0, 1.0], [3.0, 0.0, 600.0]])


def test_the_smoothing_sum_adds_the_squared_deviations_of_all_steps() -> None:
    assert smoothing_loss(DEVIATIONS, SHORT_MASK, "sum", 3).item() == pytest.approx((14 + 2 + 1 + 3) / 2)


def test_deviations_are_squared_about_the_mean_and_added() -> None:
    q = torch.tensor([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]])
    assert squared_deviations(q).tolist() == [14.0, 0.0]


def test_the_smoothing_variance_is_unbiased() -> None:
    q = torch.tensor([[1.0, 2.0, 6.0]])  # mean 3: 4 + 1 + 9
    loss = smoothing_loss(torch.tensor([[14.0]]), torch.ones(1, 1, dtype=torch.bool), "variance", 3)
    assert loss.item() == q.var().item() == 7.0


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(lambda values: td_loss(values, torch.zeros(2, 3), SHORT_MASK, "squared"), id="td"),
        pytest.param(lambda values: smoothing_loss(values, SHORT_MASK, "sum", 5), id="smoothing"),
        pytest.param(lambda values: smoothing_loss(values, SHORT_MASK, "variance", 5), id="smoothing variance"),
    ],
)
def test_padding_has_exactly_no_gradient(loss) -> None:
    """Released-code A5 and A6, fixed."""
    values = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    loss(values).backward()
    assert values.grad is not None
    assert (values.grad[~SHORT_MASK] == 0).all()
    assert (values.grad[SHORT_MASK] != 0).all()


def released_code_critic(rewards, log_probs, target_q, q, actions, tau: float, smooth: float):
    """Released-code A3, A4 and A22 in loops: targets, and the gradient of mean Σ_t [−δ·Q(y_t) + smooth · var Q]."""
    batch, length, size = q.shape
    targets, gradient = torch.zeros(batch, length), torch.zeros_like(q)
    for b in range(batch):
        for t in range(length):
            target = rewards[b, t].item()
            if t + 1 < length:
                for w in range(size):
                    p = math.exp(log_probs[b, t + 1, w].item())
                    target += p * target_q[b, t + 1, w].item() - tau * p * log_probs[b, t + 1, w].item()
            targets[b, t] = target
            values = q[b, t].tolist()
            mean = sum(values) / size
            for w in range(size):
                gradient[b, t, w] += smooth * 2 * (values[w] - mean) / (size - 1) / batch
            gradient[b, t, actions[b, t]] += -(target - values[actions[b, t]]) / batch
    return targets, gradient


def test_equal_lengths_give_the_released_codes_targets_and_gradient() -> None:
    generator = torch.Generator().manual_seed(6)
    shape = (3, 5, 8)
    logits = torch.randn(shape, generator=generator)
    target_q = torch.randn(shape, generator=generator)
    q = torch.randn(shape, generator=generator, requires_grad=True)
    rewards = torch.randn(shape[:2], generator=generator)
    actions = torch.randint(shape[2], shape[:2], generator=generator)
    expected_targets, expected_gradient = released_code_critic(
        rewards, logits.log_softmax(-1), target_q, q.detach(), actions, tau=0.045, smooth=0.001
    )

    mask = torch.ones(shape[:2], dtype=torch.bool)
    policy = logits.softmax(-1)
    targets = td_target(rewards, expectation(policy, target_q), entropy(policy), mask, 0.045)
    smoothing = smoothing_loss(squared_deviations(q), mask, "variance", shape[2])
    (td_loss(taken(q, actions), targets, mask, "half-squared") + 0.001 * smoothing).backward()
    torch.testing.assert_close(targets, expected_targets)
    torch.testing.assert_close(q.grad, expected_gradient)
