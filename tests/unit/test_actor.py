import math

import pytest
import torch
from enumerable import (
    AT_LIMIT,
    MASK,
    PREFIXES,
    STATE,
    STATES,
    Task,
    allowed,
    bleu_task,
    continuations,
    exact_q,
    random_task,
    regularised_return,
)
from torch import Tensor

from erac_vaml.objectives.actor import actor_loss

SHORT_MASK = torch.tensor([[True, True, True], [True, True, False]])
kinds = pytest.mark.parametrize("normalise", [False, True])


def random_logits(seed: int, *shape: int, dtype=torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def finite_differences(task: Task, theta: Tensor, tau: float, step: float = 1e-5) -> Tensor:
    """Central differences of the entropy-regularised return J in each logit of a tabular softmax policy."""
    gradient = torch.zeros_like(theta)
    for state, action in torch.cartesian_prod(torch.arange(theta.shape[0]), torch.arange(theta.shape[1])).tolist():
        returns = []
        for sign in (1, -1):
            moved = theta.clone()
            moved[state, action] += sign * step
            returns.append(regularised_return(task, allowed(moved).log_softmax(-1), tau))
        gradient[state, action] = (returns[0] - returns[1]) / (2 * step)
    return gradient


@pytest.mark.parametrize("tau", [0.0, 0.3])
@pytest.mark.parametrize("task", [pytest.param(bleu_task(), id="bleu"), pytest.param(random_task(5), id="random")])
def test_with_the_exact_q_the_gradient_is_that_of_the_regularised_return(task: Task, tau: float) -> None:
    """Eq. 20: the loss's gradient, summed over all sequences weighted by their probability, against ∇J."""
    theta = random_logits(8, len(PREFIXES), 3, dtype=torch.float64).requires_grad_()
    log_probs = allowed(theta).log_softmax(-1)
    q = exact_q(task, log_probs.detach(), tau).masked_fill(AT_LIMIT[:, None] & (torch.arange(3) > 0), -math.inf)

    expected_loss = torch.zeros((), dtype=torch.float64)
    for whole, probability in continuations(log_probs.detach(), ()):
        row = slice(STATE[whole], STATE[whole] + 1)
        loss = actor_loss(log_probs[STATES[row]], q[STATES[row]], MASK[row], tau, normalise_log_probs=False)
        expected_loss = expected_loss + probability * loss
    expected_loss.backward()
    torch.testing.assert_close(-theta.grad, finite_differences(task, theta.detach(), tau), atol=1e-8, rtol=1e-6)


def test_the_loss_is_the_negated_expected_q_and_entropy() -> None:
    policy = torch.tensor([0.5, 0.25, 0.25])
    q = torch.tensor([1.0, 2.0, 6.0])
    entropy = 0.5 * math.log(2) + 0.5 * math.log(4)
    mask = torch.ones(1, 1, dtype=torch.bool)
    loss = actor_loss(policy.log()[None, None], q[None, None], mask, 0.1, normalise_log_probs=False)
    assert loss.item() == pytest.approx(-(2.5 + 0.1 * entropy))


def test_the_loss_is_summed_over_time_and_averaged_over_sequences() -> None:
    log_probs = torch.full((2, 3, 2), 0.5).log()
    q = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 600.0]])[..., None].expand(2, 3, 2)
    assert actor_loss(log_probs, q, SHORT_MASK, 0.0, False).item() == pytest.approx(-(1 + 2 + 3 + 4 + 5) / 2)


@kinds
def test_padding_has_exactly_no_gradient(normalise: bool) -> None:
    logits = random_logits(0, 2, 3, 5).requires_grad_()
    actor_loss(logits.log_softmax(-1), random_logits(1, 2, 3, 5), SHORT_MASK, 0.1, normalise).backward()
    assert logits.grad is not None
    assert (logits.grad[~SHORT_MASK] == 0).all()
    assert (logits.grad[SHORT_MASK].abs().sum(dim=-1) > 0).all()


@kinds
def test_no_gradient_flows_into_the_critic(normalise: bool) -> None:
    q = random_logits(1, 2, 3, 5).requires_grad_()
    logits = random_logits(0, 2, 3, 5).requires_grad_()
    actor_loss(logits.log_softmax(-1), q, SHORT_MASK, 0.1, normalise).backward()
    assert q.grad is None


@kinds
@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_an_enforced_eos_has_a_finite_loss_and_no_gradient(normalise: bool, tau: float) -> None:
    logits = torch.zeros(1, 1, 3, requires_grad=True)
    forced = logits.masked_fill(torch.tensor([False, True, True]), -math.inf)
    q = torch.tensor([[[3.0, 1.0, 2.0]]])
    loss = actor_loss(forced.log_softmax(-1), q, torch.ones(1, 1, dtype=torch.bool), tau, normalise)
    loss.backward()
    assert loss.item() == -3.0
    assert logits.grad is not None
    assert logits.grad.flatten().tolist() == [0.0, 0.0, 0.0]


@kinds
def test_equal_lengths_give_the_gradient_of_the_bracket_in_loops(normalise: bool) -> None:
    """−Σ_w ∇π(w) [Q(w) − τ log π(w)], with ‖log π‖₂ below log π in the released code (A1); loops over the words."""
    tau, size = 0.045, 6
    logits = random_logits(2, 3, 4, size).requires_grad_()
    q = random_logits(3, 3, 4, size)
    actor_loss(logits.log_softmax(-1), q, torch.ones(3, 4, dtype=torch.bool), tau, normalise).backward()

    expected = torch.zeros_like(logits)
    for b in range(3):
        for t in range(4):
            log_probs = logits[b, t].detach().log_softmax(-1).tolist()
            norm = math.sqrt(sum(x * x for x in log_probs)) if normalise else 1.0
            bracket = [q[b, t, w].item() - tau * log_probs[w] / norm for w in range(size)]
            for u in range(size):
                for w in range(size):
                    slope = math.exp(log_probs[w]) * ((w == u) - math.exp(log_probs[u]))  # ∂π(w) / ∂logit(u)
                    expected[b, t, u] -= slope * bracket[w] / 3
    torch.testing.assert_close(logits.grad, expected)


def test_the_norm_is_taken_over_the_possible_words() -> None:
    # π = ½, ½, 0: log π / ‖log π‖ = −1/√2 twice.
    log_probs = torch.tensor([[[0.5, 0.5, 0.0]]]).log()
    q = torch.tensor([[[1.0, 2.0, 9.0]]])
    loss = actor_loss(log_probs, q, torch.ones(1, 1, dtype=torch.bool), 0.1, normalise_log_probs=True)
    assert loss.item() == pytest.approx(-(1.5 + 0.1 / math.sqrt(2)))
