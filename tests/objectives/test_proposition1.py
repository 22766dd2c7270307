"""Proposition 1, Corollary 1 and Appendix A by listing every sequence of a small task."""

import pytest
import torch
from enumerable import (
    ACTIONS,
    AT_LIMIT,
    FORBIDDEN,
    MASK,
    MAX_LENGTH,
    PREFIXES,
    STATE,
    STATES,
    SYMBOLS,
    Task,
    allowed,
    bleu_task,
    exact_q,
    random_policy,
    random_task,
    regularised_return,
)
from torch import Tensor

from erac_vaml.objectives import (
    action_value,
    importance_weights,
    soft_q_loss,
    soft_value,
    target_losses,
    token_losses,
    token_target,
    weighted_sequence_loss,
)
from erac_vaml.rewards import incremental_rewards

TASKS = [
    pytest.param(bleu_task(), id="bleu"),
    pytest.param(random_task(1), id="random-1"),
    pytest.param(random_task(2), id="random-2"),
]
TAUS = [0.05, 0.4, 1.0, 5.0]

both = pytest.mark.parametrize("task", TASKS)
every_tau = pytest.mark.parametrize("tau", TAUS)


def recursion(task: Task, tau: float) -> Tensor:
    """Q_R of Eqs. 7 and 8, longest prefixes first; −10⁴ for what the length limit forbids."""
    q = allowed(torch.zeros(len(PREFIXES), len(SYMBOLS), dtype=torch.float64))
    for prefix in reversed(PREFIXES):
        if len(prefix) < MAX_LENGTH - 1:
            for action in (1, 2):
                after = STATE[(*prefix, SYMBOLS[action])]
                reward = task.of_state[after] - task.of_state[STATE[prefix]]
                q[STATE[prefix], action] = reward + soft_value(q[after], tau)
    return q


def residual(task: Task, q: Tensor, tau: float) -> float:
    """The soft Q-learning loss over all sequences, as training computes it."""
    rewards = incremental_rewards(task.of_prefixes, MASK)
    target = action_value(rewards, soft_value(q, tau)[STATES], MASK)
    return soft_q_loss(q[STATES, ACTIONS], target, MASK).item()


def sequence_probs(token_probs: Tensor) -> Tensor:
    """(15,) product of the token probabilities (15, 3) along each sequence."""
    return token_probs[STATES, ACTIONS].masked_fill(~MASK, 1.0).prod(dim=1)


def exponentiated_payoffs(task: Task, tau: float) -> Tensor:
    """P_R of Eq. 1."""
    unnormalised = (task.of_state / tau).exp()
    return unnormalised / unnormalised.sum()


@both
@every_tau
def test_token_targets_multiply_to_the_exponentiated_payoff_distribution(task: Task, tau: float) -> None:
    probs = sequence_probs(token_target(recursion(task, tau), tau))
    torch.testing.assert_close(probs, exponentiated_payoffs(task, tau), atol=1e-10, rtol=0)


@both
@every_tau
def test_a_match_of_the_marginals_and_of_the_terminal_condition_leaves_only_this_q(task: Task, tau: float) -> None:
    """The "only if" half: Q from the conditionals of P_R, all that Eq. 5 fixes, with Q(·, eos) = 0 by Eq. 6."""
    probs = exponentiated_payoffs(task, tau)
    below = torch.tensor([[0.0, 0.0, 0.0]] * len(PREFIXES), dtype=torch.float64)
    for number, whole in enumerate(PREFIXES):
        below[number, 0] = probs[number]
        for t in range(len(whole)):
            below[STATE[whole[:t]], SYMBOLS.index(whole[t])] += probs[number]
    conditional = below / below.sum(dim=1, keepdim=True)
    q = tau * (conditional.log() - conditional.log()[:, :1])
    torch.testing.assert_close(recursion(task, tau)[~FORBIDDEN], q[~FORBIDDEN], atol=1e-8, rtol=1e-8)


@both
@every_tau
def test_the_optimal_policy_reaches_its_soft_value_and_no_policy_exceeds_it(task: Task, tau: float) -> None:
    """Corollary 1: V* (Eq. 10) is the largest entropy-regularised return, and P_Q (Eq. 12) attains it."""
    q = recursion(task, tau)
    best = soft_value(q[0], tau).item()
    optimal = token_target(q, tau).log()
    assert regularised_return(task, optimal, tau) == pytest.approx(best, abs=1e-9)
    others = [regularised_return(task, random_policy(seed), tau) for seed in range(20)]
    assert max(others) < best


@both
@every_tau
def test_the_optimal_q_is_the_value_of_its_own_policy(task: Task, tau: float) -> None:
    """Eqs. 9 to 12: evaluating P_Q by listing all continuations gives Q_R again."""
    q = recursion(task, tau)
    evaluated = exact_q(task, token_target(q, tau).log(), tau)
    torch.testing.assert_close(evaluated[~AT_LIMIT], q[~AT_LIMIT], atol=1e-9, rtol=1e-9)
    assert evaluated[AT_LIMIT, 0].tolist() == q[AT_LIMIT, 0].tolist()


@both
@every_tau
def test_the_soft_q_loss_is_zero_at_q(task: Task, tau: float) -> None:
    assert residual(task, recursion(task, tau), tau) == pytest.approx(0.0, abs=1e-20)


@both
def test_the_soft_q_loss_is_positive_when_any_one_entry_is_off(task: Task) -> None:
    tau = 0.4
    q = recursion(task, tau)
    for state, action in (~FORBIDDEN).nonzero().tolist():
        perturbed = q.clone()
        perturbed[state, action] += 0.1
        assert residual(task, perturbed, tau) > 1e-4, f"state {PREFIXES[state]}, action {action}"


@both
def test_a_constant_shift_keeps_the_token_targets_but_breaks_the_terminal_condition(task: Task) -> None:
    tau = 0.4
    q = recursion(task, tau)
    torch.testing.assert_close(token_target(q + 0.1, tau), token_target(q, tau))
    assert residual(task, q + 0.1, tau) == pytest.approx(0.1**2, rel=1e-6)  # off by the shift at eos and only there


@both
@every_tau
def test_importance_weights_over_all_sequences_are_the_exponentiated_payoff_distribution(
    task: Task, tau: float
) -> None:
    torch.testing.assert_close(importance_weights(task.of_state[None], tau)[0], exponentiated_payoffs(task, tau))


@both
@every_tau
def test_the_token_level_objective_equals_the_sequence_level_one(task: Task, tau: float) -> None:
    """Appendix A.2: Eq. 17 over all sequences, weighted by P_Q, is Eq. 2, and so are the gradients."""
    logits = random_policy(3).masked_fill(FORBIDDEN, 0.0).requires_grad_()
    scores = allowed(logits)[STATES]
    targets = token_target(recursion(task, tau), tau)[STATES]
    weights = exponentiated_payoffs(task, tau)[None]

    sequence_level = weighted_sequence_loss(token_losses(scores, ACTIONS)[None], MASK[None], weights)
    token_level = weighted_sequence_loss(target_losses(scores, targets)[None], MASK[None], weights)
    torch.testing.assert_close(token_level, sequence_level)
    token_gradient = torch.autograd.grad(token_level, logits, retain_graph=True)[0]
    sequence_gradient = torch.autograd.grad(sequence_level, logits)[0]
    torch.testing.assert_close(token_gradient, sequence_gradient)
