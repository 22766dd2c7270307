"""Soft Q-learning, RAML and VAML of tables, compared with the exact optimum."""

import pytest
import torch

from erac_vaml.objectives import importance_weights, token_target
from erac_vaml.theory.exact import divergence, optimal_q, payoff_distribution, target_log_probs
from erac_vaml.theory.learning import EARLY_EOS, Effort, constant_rate, decaying_rate, run_learning
from erac_vaml.theory.policies import learn_policy
from erac_vaml.theory.samples import Stream, draw
from erac_vaml.theory.soft_q_learning import LEARNING_RATE, learn_q, rms_errors, taken_by_replacements
from erac_vaml.theory.task import bleu_task

TAU = 0.4
TASK = bleu_task("say it", 4)
SPACE = TASK.space
RIGHT = payoff_distribution(TASK, TAU)
EXACT_Q = optimal_q(TASK, TAU)
TARGETS = token_target(EXACT_Q.clone(), TAU)[None]


def everything(steps: int) -> Stream:
    """Return a stream with all sequences in every step, weighted by P_R: nothing is random."""
    numbers = torch.arange(len(RIGHT)).expand(1, steps, -1)
    return Stream(numbers, RIGHT.expand(1, steps, -1))


def divergence_of(log_probs):
    """Return KL(P_R ‖ P_θ), (steps, Z), of token log-probabilities (steps, Z, S, A)."""
    return divergence(RIGHT, SPACE.sequence_log_probs(log_probs))


@pytest.mark.parametrize("source", ["target", "ngram"])
def test_a_seeds_stream_does_not_depend_on_the_others(source) -> None:
    one, three = (draw(TASK, source, TAU, seeds=seeds, steps=4, samples=5) for seeds in (1, 3))
    assert three.numbers.shape == three.weights.shape == (3, 4, 5)
    assert torch.equal(one.numbers[0], three.numbers[0])
    assert not torch.equal(three.numbers[0], three.numbers[1])
    torch.testing.assert_close(three.weights.sum(dim=-1), torch.ones(3, 4, dtype=torch.float64))


def test_replacements_are_as_long_as_the_reference_which_is_the_last() -> None:
    stream = draw(TASK, "ngram", TAU, seeds=1, steps=50, samples=5)
    assert (stream.numbers[..., -1] == TASK.reference).all()
    assert (SPACE.depths[stream.numbers] == 2).all()
    torch.testing.assert_close(stream.weights[0], importance_weights(TASK.of_state[stream.numbers[0]], TAU))


def test_samples_of_the_target_are_as_frequent_as_they_should_be() -> None:
    numbers = draw(TASK, "target", TAU, seeds=1, steps=4000, samples=5).numbers.flatten()
    torch.testing.assert_close(numbers.bincount(minlength=15) / 20000, RIGHT.float(), atol=0.01, rtol=0)


def test_soft_q_learning_from_everything_ends_at_the_exact_q() -> None:
    start, end = learn_q(TASK, everything(1500), TAU, [0, 1500])
    assert (start == 0).all()
    assert rms_errors(end, EXACT_Q, ~SPACE.forbidden).item() < 1e-6
    torch.testing.assert_close(target_log_probs(SPACE, end, TAU)[0].exp(), RIGHT, atol=1e-6, rtol=0)


def test_the_first_step_moves_what_was_taken_and_by_the_values_gradient_what_was_not() -> None:
    """Eq. 16 at Q = 0, for one sequence of one word: δ₁ = −r − V, δ₂ = 0, and V's gradient is uniform."""
    number = SPACE.number[(4,)]
    stream = Stream(torch.tensor([[[number]]]), torch.ones(1, 1, 1, dtype=torch.float64))
    q = learn_q(TASK, stream, TAU, [1])[0, 0]
    value = TAU * torch.tensor(3.0, dtype=torch.float64).log()
    residual = -(TASK.of_state[number] + value)
    expected = torch.zeros_like(q)
    expected[0, 1] = -LEARNING_RATE * 2 * residual
    expected[number] = LEARNING_RATE * 2 * residual / 3
    torch.testing.assert_close(q, expected)


def test_an_early_eos_that_no_replacement_takes_is_never_corrected() -> None:
    stream = draw(TASK, "ngram", TAU, seeds=2, steps=800, samples=5)
    q = learn_q(TASK, stream, TAU, [0, 800])
    taken = taken_by_replacements(TASK, words=2)
    assert taken.sum() == 2 + 4 + 4
    early = torch.zeros_like(taken)
    early[1:3, 0] = True
    assert rms_errors(q[0], EXACT_Q, early).tolist() == [0, 0]
    assert (rms_errors(q[1], EXACT_Q, early) > 0.02).all()
    of_last_words = rms_errors(q[1], EXACT_Q, taken & (SPACE.depths == 2)[:, None])
    assert (of_last_words < 1e-3).all()


@pytest.mark.parametrize("targets", [None, TARGETS], ids=["raml", "vaml"])
def test_from_everything_both_ways_end_at_the_optimum(targets) -> None:
    policies = learn_policy(SPACE, everything(1500), [0, 150, 1500], constant_rate, targets)
    start, middle, end = divergence_of(policies)[:, 0].tolist()
    assert start > middle > end
    assert end < 1e-3


def test_vaml_needs_fewer_samples_of_the_target_than_raml() -> None:
    stream = draw(TASK, "target", TAU, seeds=4, steps=400, samples=5)
    raml = divergence_of(learn_policy(SPACE, stream, [400], decaying_rate))[0]
    vaml = divergence_of(learn_policy(SPACE, stream, [400], constant_rate, TARGETS.expand(4, -1, -1)))[0]
    assert (raml < 0.2).all()
    assert (vaml < raml / 5).all()


def test_vaml_with_a_learned_q_ends_at_what_that_q_says() -> None:
    wrong = EXACT_Q + 0.2 * torch.randn(EXACT_Q.shape, generator=torch.Generator().manual_seed(0)).double()
    targets = token_target(SPACE.allowed(wrong), TAU)[None]
    end = divergence_of(learn_policy(SPACE, everything(1500), [1500], constant_rate, targets)).item()
    assert end == pytest.approx(divergence(RIGHT, target_log_probs(SPACE, wrong, TAU)).item(), abs=2e-3)


def test_kappa_mixes_the_two_losses() -> None:
    """The first step of VAML is linear in κ, between RAML's step and that of the targets alone."""
    stream = draw(TASK, "ngram", TAU, seeds=1, steps=1, samples=5)

    def step(targets, kappa=1.0):
        return learn_policy(SPACE, stream, [1], constant_rate, targets, kappa)[0, 0, 0]

    own, target, mixed = step(None), step(TARGETS), step(TARGETS, kappa=0.2)
    # Differences of two tokens' log-probabilities are those of their logits.
    own, target, mixed = (log_probs - log_probs[0] for log_probs in (own, target, mixed))
    torch.testing.assert_close(mixed, 0.2 * target + 0.8 * own)


def test_seeds_do_not_mix() -> None:
    one, two = (draw(TASK, "ngram", TAU, seeds=seeds, steps=20, samples=5) for seeds in (1, 2))
    torch.testing.assert_close(learn_q(TASK, one, TAU, [20])[:, 0], learn_q(TASK, two, TAU, [20])[:, 0])
    alone, beside = (learn_policy(SPACE, stream, [20], decaying_rate) for stream in (one, two))
    torch.testing.assert_close(alone[:, 0], beside[:, 0])


def test_the_tables_of_all_learners() -> None:
    errors, learners = run_learning(TASK, Effort(seeds=2, steps=30))
    marks = [5 * mark for mark in Effort(steps=30).marks]
    assert marks[0] == 0
    assert marks[-1] == 150
    assert list(errors) == ["source", "entries", "sequences", "seed", "rms_error"]
    assert set(errors["entries"]) == {"depth 0", "depth 1", EARLY_EOS}
    assert len(learners) == 2 * 5 * len(marks) * 2
    start = learners[learners["sequences"] == 0]
    assert start["kl"].nunique() == 1 or start["kl"].std() < 1e-12
    assert (learners["kl"] >= 0).all()
    assert (learners["reverse_kl"] >= 0).all()
