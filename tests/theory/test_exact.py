"""The listed space, exact values against all continuations, Proposition 1, and the effect of the temperature."""

import math

import pytest
import torch

from erac_vaml.data.vocabulary import EOS
from erac_vaml.theory.exact import (
    divergence,
    entropy,
    optimal_q,
    payoff_distribution,
    target_log_probs,
    total_variation,
)
from erac_vaml.theory.run import MAX_LENGTH, REFERENCE
from erac_vaml.theory.sequence_space import SequenceSpace
from erac_vaml.theory.targets import EXACT, SEQUENCE_LEVEL, likeliest_sequences, measure_targets, target_probs
from erac_vaml.theory.task import Task, bleu_task

SPACE = SequenceSpace(words=3, max_length=4)
TAUS = [0.05, 0.4, 1.0, 5.0]


def random_task(seed: int) -> Task:
    generator = torch.Generator().manual_seed(seed)
    of_state = torch.randn(len(SPACE.prefixes), generator=generator, dtype=torch.float64)
    return Task(SPACE, of_state.index_fill(0, torch.tensor(0), 0.0))


@pytest.fixture(scope="module")
def task():
    return bleu_task(REFERENCE, MAX_LENGTH)


@pytest.fixture(scope="module")
def measured(task):
    return measure_targets(task)


def continuations(prefix):
    return [whole for whole in SPACE.prefixes if whole[: len(prefix)] == prefix]


def check_against_continuations(q, value_of):
    """Compare Q with value_of(prefix, chosen prefix) wherever a word can be chosen, and with 0 at eos."""
    for state, prefix in enumerate(SPACE.prefixes):
        assert q[state, 0] == 0
        for action, symbol in enumerate(SPACE.symbols[1:], start=1):
            if not SPACE.forbidden[state, action]:
                assert q[state, action].item() == pytest.approx(value_of(prefix, (*prefix, symbol)), abs=1e-9)


def test_the_space_has_every_sequence_once() -> None:
    assert len(SPACE.prefixes) == len(set(SPACE.prefixes)) == 1 + 3 + 9 + 27
    assert SPACE.sequences.tolist()[SPACE.number[(4, 6)]] == [4, 6, EOS, 0]
    assert SPACE.numbers(SPACE.sequences).tolist() == list(range(40))
    assert SPACE.forbidden.sum() == 27 * 3


def test_actions_lead_from_state_to_state() -> None:
    for number, prefix in enumerate(SPACE.prefixes):
        for t, symbol in enumerate(prefix):
            state, action = SPACE.states[number, t].item(), SPACE.actions[number, t].item()
            assert SPACE.prefixes[state] == prefix[:t]
            assert SPACE.symbols[action] == symbol
            assert SPACE.prefixes[SPACE.successors[state, action]] == prefix[: t + 1]
        assert SPACE.successors[number, 0] == number


def test_rewards_add_up_to_the_payoff_of_each_sequence() -> None:
    task = random_task(1)
    torch.testing.assert_close(task.rewards.sum(dim=1), task.of_state)
    number = SPACE.number[(4, 6)]
    steps = [task.of_state[SPACE.number[prefix]].item() for prefix in ((), (4,), (4, 6))]
    assert task.rewards[number].tolist() == pytest.approx([steps[1] - steps[0], steps[2] - steps[1], 0, 0])


def test_the_tasks_payoffs_are_bleu_times_length(task) -> None:
    assert task.text(task.reference) == REFERENCE
    assert task.of_state[task.reference] == task.of_state.max() == 4.0
    # One word of four: precisions 1, 1, 1, 1 after smoothing, brevity penalty e^(1 − 4/1).
    assert task.of_state[1].item() == pytest.approx(4 * math.exp(-3), rel=1e-6)


@pytest.mark.parametrize("tau", TAUS)
def test_the_soft_q_sums_over_all_continuations(tau: float) -> None:
    task = random_task(2)
    payoff = {prefix: task.of_state[state].item() for prefix, state in SPACE.number.items()}

    def value_of(prefix, chosen):
        largest = max(payoff[whole] for whole in continuations(chosen))
        total = sum(math.exp((payoff[whole] - largest) / tau) for whole in continuations(chosen))
        return largest + tau * math.log(total) - payoff[prefix]

    check_against_continuations(optimal_q(task, tau), value_of)


@pytest.mark.parametrize("discount", [0.0, 0.5, 1.0])
def test_the_hard_q_is_the_best_continuations_discounted_return(discount: float) -> None:
    task = random_task(3)
    payoff = {prefix: task.of_state[state].item() for prefix, state in SPACE.number.items()}

    def value_of(prefix, chosen):
        return max(
            sum(
                discount ** (t - len(prefix)) * (payoff[whole[: t + 1]] - payoff[whole[:t]])
                for t in range(len(prefix), len(whole))
            )
            for whole in continuations(chosen)
        )

    check_against_continuations(optimal_q(task, 0.4, hard=True, discount=discount), value_of)


@pytest.mark.parametrize("tau", TAUS)
def test_proposition_1(task, tau: float) -> None:
    for some in (task, random_task(4), random_task(5)):
        right = payoff_distribution(some, tau)
        listed = (some.of_state / tau).exp()
        torch.testing.assert_close(right, listed / listed.sum())
        probs = target_log_probs(some.space, optimal_q(some, tau), tau).exp()
        torch.testing.assert_close(probs, right, atol=1e-12, rtol=0)


def test_distances_in_loops() -> None:
    left, right = [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]
    probs, others = torch.tensor(left, dtype=torch.float64), torch.tensor([right, left], dtype=torch.float64)
    assert entropy(others).tolist() == pytest.approx([1.5 * math.log(2), math.log(2)])
    assert divergence(probs, others.clamp_min(1e-300).log()).tolist() == pytest.approx([0.5 * math.log(2), 0])
    assert total_variation(probs, others).tolist() == pytest.approx([0.25, 0])


def test_a_higher_temperature_spreads_the_target(task, measured) -> None:
    """dH/dτ = Var(R)/τ³ and dE[R]/dτ = −Var(R)/τ²; the reference, the mode, only loses."""
    of_target = measured[measured["target"] == SEQUENCE_LEVEL]
    assert (of_target["entropy"].diff().dropna() > 0).all()
    assert (of_target["expected_payoff"].diff().dropna() < 0).all()
    assert (of_target["reference_probability"].diff().dropna() <= 0).all()
    assert of_target["reference_probability"].iloc[0] == pytest.approx(1, abs=1e-6)
    cold, hot = payoff_distribution(task, 0.01), payoff_distribution(task, 1e6)
    assert cold[task.reference] == 1
    assert entropy(hot).item() == pytest.approx(math.log(len(hot)))


def test_both_forms_of_the_target_measure_alike(measured) -> None:
    columns = ["entropy", "expected_payoff", "reference_probability", "mean_words"]
    sequence_level, token_level = (measured[measured["target"] == name] for name in (SEQUENCE_LEVEL, EXACT))
    assert token_level["total_variation"].max() < 1e-12
    assert abs(sequence_level[columns].to_numpy() - token_level[columns].to_numpy()).max() < 1e-9


def test_a_greedy_target_starts_with_any_word_of_the_reference(task) -> None:
    """At a low temperature each of the four first words is as likely as the right one."""
    probs = target_probs(task, 0.02)["greedy"][0]
    first = [sum(probs[n].item() for n, prefix in enumerate(task.space.prefixes) if prefix[:1] == (w,)) for w in (4, 7)]
    assert first == pytest.approx([0.25, 0.25], abs=1e-3)


def test_without_later_entropy_the_target_is_too_sharp(task) -> None:
    found = target_probs(task, 0.4)
    assert found["hard"][0, task.reference] > 2 * found[EXACT][0, task.reference]


def test_the_likeliest_sequence_is_the_reference_and_ties_go_by_number(task) -> None:
    listed = likeliest_sequences(task)
    of_target = listed[(listed["tau"] == 0.4) & (listed["target"] == SEQUENCE_LEVEL)]
    assert of_target["sequence"].iloc[0] == REFERENCE
    of_exact = listed[(listed["tau"] == 0.4) & (listed["target"] == EXACT)]
    assert of_exact["sequence"].tolist() == of_target["sequence"].tolist()
