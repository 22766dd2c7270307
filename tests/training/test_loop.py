"""The training loop on a stage of one number: best epoch, decay, divergence, reproducibility."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import nn

from erac_vaml.config.settings import Evaluation, Mle
from erac_vaml.training import loop
from erac_vaml.training.divergence import Divergence
from erac_vaml.training.state import begin

CPU = torch.device("cpu")


class FakeSplit:
    """A split whose batches are their indices."""

    source = None

    source_lengths = np.full(20, 3)
    target_lengths = np.full(20, 3)

    def __len__(self):
        return 20

    def batch(self, indices, device):
        return indices


class FakeOptimiser:
    learning_rate = 1.0

    def scale_learning_rate(self, factor):
        self.learning_rate = factor


@dataclass
class FakeStage:
    """A stage that adds one to its only parameter in each step, and takes its measures from a list."""

    measures: list
    losses: dict = field(default_factory=dict)
    measure = "valid_bleu"
    higher_is_better = True

    def __post_init__(self):
        self.network = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(self.network.weight)
        self.optimiser = FakeOptimiser()
        self.decaying_optimisers = [self.optimiser]
        self.drawn = []
        self.steps = 0

    def step(self, batch, generator):
        self.steps += 1
        self.drawn.append((tuple(batch), torch.rand(1, generator=generator).item()))
        with torch.no_grad():
            self.network.weight += 1
        return torch.tensor(self.losses.get(self.steps, 1.0))

    def validate(self):
        return {self.measure: self.measures.pop(0)}


class NoHooks:
    """Training from the start, without checkpoints."""

    def __init__(self, settings):
        self.settings = settings

    def begin(self, stage):
        return begin(stage, self.settings.max_decays)

    def due(self, state):
        return False

    def save(self, stage, state):
        pass

    def validate(self, stage, state):
        return stage.validate()


def run(stage, *, starts_trained=False, start_counts=True, seed=1, **changes):
    settings = Mle(batch_size=10, **changes)
    return loop.train(
        stage,
        FakeSplit(),
        settings,
        Evaluation(),
        seed=seed,
        purpose="mle",
        device=CPU,
        starts_trained=starts_trained,
        start_counts=start_counts,
        hooks=NoHooks(settings),
    )


def test_the_best_epoch_s_parameters_are_kept():
    training = run(FakeStage([10.0, 30.0, 20.0]), max_epochs=3)
    assert (training.best_epoch, training.measures["valid_bleu"], training.step) == (2, 30.0, 6)
    assert training.parameters["weight"].item() == 4.0


def test_the_learning_rate_decays_after_an_epoch_without_improvement_and_the_schedule_ends_the_stage():
    stage = FakeStage([10.0, 9.0, 9.0, 99.0])
    training = run(stage, max_epochs=9, max_decays=1)
    assert stage.optimiser.learning_rate == 0.5
    assert [row["epoch"] for row in training.history] == [1, 2, 3]
    assert [row["learning_rate"] for row in training.history] == [1.0, 1.0, 0.5]


def test_a_network_that_starts_trained_is_kept_if_training_makes_it_worse():
    training = run(FakeStage([50.0, 40.0]), max_epochs=1, starts_trained=True)
    assert (training.best_epoch, training.parameters["weight"].item()) == (0, 0.0)
    assert training.history[0]["epoch"] == 0


def test_a_start_that_does_not_count_is_recorded_but_is_not_the_best():
    stage = FakeStage([50.0, 40.0, 41.0])
    training = run(stage, max_epochs=2, starts_trained=True, start_counts=False)
    assert (training.best_epoch, training.measures["valid_bleu"], training.parameters["weight"].item()) == (
        2,
        41.0,
        4.0,
    )
    assert [row["valid_bleu"] for row in training.history] == [50.0, 40.0, 41.0]
    assert [row["improved"] for row in training.history] == [False, True, True]
    assert stage.optimiser.learning_rate == 1.0


@pytest.mark.parametrize(("start_counts", "epochs", "best"), [(True, 7, 28.05), (False, 30, 29.9)])
def test_a_run_that_dips_and_climbs_ends_early_only_if_its_start_counts(start_counts, epochs, best):
    climb = [28.05, *(27.0 + 0.1 * epoch for epoch in range(30))]
    training = run(FakeStage(climb), max_epochs=30, max_decays=6, starts_trained=True, start_counts=start_counts)
    assert training.epochs == epochs
    assert training.measures["valid_bleu"] == pytest.approx(best)


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_ends_the_run_at_its_step_with_the_last_finite_scores(loss):
    training = run(FakeStage([10.0, 20.0], losses={3: loss}), max_epochs=5)
    assert training.divergence == Divergence(2, 3, f"the loss is {loss}")
    assert training.step == 3  # The loss was read after step 4, at the end of the epoch.
    assert (training.best_epoch, training.measures["valid_bleu"]) == (1, 10.0)


@pytest.mark.parametrize("start_counts", [True, False])
def test_a_collapse_ends_the_run_as_diverged(start_counts):
    training = run(FakeStage([40.0, 19.0]), max_epochs=5, starts_trained=True, start_counts=start_counts)
    assert training.divergence == Divergence(1, 2, "valid_bleu fell from 40.00 to 19.00")
    assert (training.best_epoch, training.measures["valid_bleu"], training.parameters["weight"].item()) == (
        0,
        40.0,
        0.0,
    )


def test_a_slow_collapse_is_measured_from_the_start_even_if_that_does_not_count():
    training = run(FakeStage([40.0, 25.0, 19.0]), max_epochs=5, starts_trained=True, start_counts=False)
    assert training.divergence == Divergence(2, 4, "valid_bleu fell from 40.00 to 19.00")
    assert (training.best_epoch, training.measures["valid_bleu"]) == (1, 25.0)


def test_low_scores_of_a_network_from_scratch_are_not_a_collapse():
    assert run(FakeStage([2.0, 0.0, 5.0]), max_epochs=3).divergence is None


def test_a_measure_that_is_not_a_number_is_divergence():
    training = run(FakeStage([math.nan]), max_epochs=5)
    assert training.divergence is not None
    assert training.measures == {}


def test_another_measure_that_is_not_finite_is_divergence_too(monkeypatch):
    stage = FakeStage([1.0, 2.0, 3.0])
    monkeypatch.setattr(
        stage, "validate", lambda: {"valid_bleu": stage.measures[0], "valid_perplexity": stage.measures.pop(0) / 2}
    )
    stage.measures[1] = math.inf
    training = run(stage, max_epochs=3)
    assert training.divergence == Divergence(2, 4, "valid_bleu is inf")
    assert training.measures == {"valid_bleu": 1.0, "valid_perplexity": 0.5}


def test_an_exploding_error_is_divergence_if_lower_is_better():
    stage = FakeStage([1.0, 101.0])
    stage.measure, stage.higher_is_better = "valid_td_error", False
    assert run(stage, max_epochs=5).divergence.reason == "valid_td_error rose from 1 to 101"


def test_equal_seeds_see_the_same_batches_and_random_numbers():
    first, second, other = FakeStage([1.0, 2.0]), FakeStage([1.0, 2.0]), FakeStage([1.0, 2.0])
    run(first, max_epochs=2)
    run(second, max_epochs=2)
    run(other, max_epochs=2, seed=2)
    assert first.drawn == second.drawn
    assert first.drawn != other.drawn
    assert len({number for _, number in first.drawn}) == len(first.drawn)
