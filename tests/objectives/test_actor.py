import math

import pytest
import torch
from enumerable import (
    FORBIDDEN,
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

from erac_vaml.objectives import actor_loss, policy_losses

SHORT_MASK = torch.tensor([[True, True, True], [True, True, False]])
kinds = pytest.mark.parametrize("normalise", [False, True])


def random_logits(seed: int, *shape: int, dtype=torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def losses_of(logits: Tensor, q: Tensor, tau: float, normalise: bool = False) -> Tensor:
    """(…) of logits and action values (…, V)."""
    return policy_losses(logits.softmax(-1), q, tau, normalise)


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
    logits = allowed(theta)
    log_probs = logits.detach().log_softmax(-1)
    q = exact_q(task, log_probs, tau).masked_fill(FORBIDDEN, 7.0)
    losses = losses_of(logits, q, tau)

    expected_loss = torch.zeros((), dtype=torch.float64)
    for whole, probability in continuations(log_probs, ()):
        row = slice(STATE[whole], STATE[whole] + 1)
        expected_loss = expected_loss + probability * actor_loss(losses[STATES[row]], MASK[row])
    expected_loss.backward()
    torch.testing.assert_close(-theta.grad, finite_differences(task, theta.detach(), tau), atol=1e-8, rtol=1e-6)


def test_a_states_loss_is_the_negated_expected_q_and_entropy() -> None:
    policy = torch.tensor([[0.5, 0.25, 0.25]])
    q = torch.tensor([[1.0, 2.0, 6.0]])
    entropy = 0.5 * math.log(2) + 0.5 * math.log(4)
    losses = policy_losses(policy, q, 0.1, normalise_log_probs=False)
    assert losses.tolist() == pytest.approx([-(2.5 + 0.1 * entropy)])


def test_a_normalised_log_probability_is_over_its_norm_over_the_words() -> None:
    # π = ½, ¼, ¼: log π = −log 2 · (1, 2, 2), of norm 3 log 2.
    policy = torch.tensor([[0.5, 0.25, 0.25]])
    q = torch.tensor([[1.0, 2.0, 6.0]])
    losses = policy_losses(policy, q, 0.3, normalise_log_probs=True)
    assert losses.tolist() == pytest.approx([-(2.5 + 0.3 * 1.5 / 3)])


def test_the_loss_is_summed_over_time_and_averaged_over_sequences() -> None:
    losses = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 600.0]])
    assert actor_loss(losses, SHORT_MASK).item() == pytest.approx((1 + 2 + 3 + 4 + 5) / 2)


@kinds
def test_padding_has_exactly_no_gradient(normalise: bool) -> None:
    logits = random_logits(0, 2, 3, 5).requires_grad_()
    actor_loss(losses_of(logits, random_logits(1, 2, 3, 5), 0.1, normalise), SHORT_MASK).backward()
    assert logits.grad is not None
    assert (logits.grad[~SHORT_MASK] == 0).all()
    assert (logits.grad[SHORT_MASK].abs().sum(dim=-1) > 0).all()


@kinds
def test_no_gradient_flows_into_the_critic(normalise: bool) -> None:
    q = random_logits(1, 2, 3, 5).requires_grad_()
    logits = random_logits(0, 2, 3, 5).requires_grad_()
    losses_of(logits, q, 0.1, normalise).sum().backward()
    assert q.grad is None


@kinds
@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_an_enforced_eos_has_a_finite_loss_and_no_gradient(normalise: bool, tau: float) -> None:
    logits = torch.tensor([[0.0, -torch.inf, -1e4]], requires_grad=True)
    losses = losses_of(logits, torch.tensor([[3.0, 1.0, 2.0]]), tau, normalise)
    assert losses.tolist() == [-3.0]
    assert torch.autograd.grad(losses.sum(), logits)[0].tolist() == [[0.0, 0.0, 0.0]]


@kinds
def test_the_gradient_is_that_of_the_bracket_in_loops(normalise: bool) -> None:
    """−Σ_w ∇π(w) [Q(w) − τ log π(w)], with ‖log π‖₂ below log π in the released code (A1); loops over the words."""
    tau, size = 0.045, 6
    logits = random_logits(2, 3, 4, size).requires_grad_()
    q = random_logits(3, 3, 4, size)
    actor_loss(losses_of(logits, q, tau, normalise), torch.ones(3, 4, dtype=torch.bool)).backward()

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
