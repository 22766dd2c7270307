"""The one training loop: epochs, validation, decay, the best network, and divergence."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from erac_vaml.config.settings import Evaluation, Stage
from erac_vaml.data.batches import Split, training_order
from erac_vaml.randomness import stream_seed
from erac_vaml.training.capture import CapturedSteps
from erac_vaml.training.schedule import Schedule
from erac_vaml.training.stages.base import TrainingStage

HISTORY_COLUMNS = (
    "epoch",
    "step",
    "learning_rate",
    "train_loss",
    "valid_bleu",
    "valid_perplexity",
    "valid_td_error",
    "reconstruction_bleu",
    "improved",
    "seconds",
)

_STEPS_BETWEEN_CHECKS = 50
"""Losses are looked at this often, so that a device is not waited for at every step."""


@dataclass(frozen=True)
class Divergence:
    """The moment a run diverged: a result, as in the paper's Table 3."""

    epoch: int
    step: int
    reason: str


class _DivergedError(Exception):
    def __init__(self, step: int, reason: str) -> None:
        super().__init__(reason)
        self.step, self.reason = step, reason


@dataclass
class Training:
    """What a stage's training gave."""

    parameters: dict[str, Tensor]
    """The network's parameters at the best epoch."""
    measures: dict[str, float]
    """Validation measures at the best epoch; empty where there was none."""
    best_epoch: int = 0
    steps: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    """One row an epoch, keys of `HISTORY_COLUMNS`."""
    divergence: Divergence | None = None

    @property
    def epochs(self) -> int:
        """Epochs begun."""
        return self.divergence.epoch if self.divergence else int(self.history[-1]["epoch"]) if self.history else 0


def train(
    stage: TrainingStage,
    split: Split,
    settings: Stage,
    limits: Evaluation,
    *,
    seed: int,
    purpose: str,
    device: torch.device,
    starts_trained: bool,
) -> Training:
    """Train a stage until its schedule ends, it diverges, or it has had all its epochs.

    Args:
        stage: what is trained.
        split: the training pairs.
        settings: batch size and schedule.
        limits: what counts as divergence.
        seed: of every random stream.
        purpose: name of the random stream, for example "mle".
        device: where batches go.
        starts_trained: the network comes from another stage, so that its own validation measure is the first best
            (mends released-code E6), is recorded as epoch 0, and can collapse.
    """
    schedule = Schedule(settings.max_decays, stage.higher_is_better)
    training = Training(_copy(stage), {})
    started = time.monotonic()
    take_step = (
        CapturedSteps(stage, split, device).step if device.type == "cuda" else _plain_steps(stage, split, device)
    )

    def record(epoch: int, loss: float) -> bool:
        """Validate and record an epoch, keep the network where it is the best; return whether training goes on."""
        measures = stage.validate()
        measure = measures[stage.measure]
        problem = _measure_problem(stage, measure, schedule.best, limits, starts_trained)
        improved = problem is None and schedule.update(measure)
        learning_rate = stage.decaying_optimisers()[0].learning_rate
        row = {"epoch": epoch, "step": training.steps, "learning_rate": learning_rate, "train_loss": loss, **measures}
        training.history.append(row | {"improved": improved, "seconds": round(time.monotonic() - started, 2)})
        print(_describe(training.history[-1]), flush=True)
        if problem is not None:
            raise _DivergedError(training.steps, problem)
        if improved:
            training.parameters, training.measures, training.best_epoch = _copy(stage), measures, epoch
        else:
            for optimiser in stage.decaying_optimisers():
                optimiser.scale_learning_rate(schedule.learning_rate_factor(settings.decay_factor))
        return not schedule.ended

    epoch = 0
    try:
        if starts_trained:
            record(0, math.nan)
        for epoch in range(1, settings.max_epochs + 1):
            losses: list[Tensor] = []
            total = 0.0
            order = training_order(split, settings.batch_size, seed, epoch)
            for indices in tqdm(order, desc=f"{purpose} epoch {epoch}", unit="step", leave=False, disable=None):
                losses.append(take_step(indices, stream_seed(seed, purpose, training.steps)))
                training.steps += 1
                if len(losses) == _STEPS_BETWEEN_CHECKS:
                    total += _finite_total(losses, training.steps)
                    losses.clear()
            total += _finite_total(losses, training.steps)
            if not record(epoch, total / len(order)):
                break
    except _DivergedError as diverged:
        training.divergence = Divergence(epoch, diverged.step, diverged.reason)
    return training


def _plain_steps(stage: TrainingStage, split: Split, device: torch.device) -> Callable[[np.ndarray, int], Tensor]:
    """Return the function that does a stage's step on the pairs at some indices with the random numbers of a seed."""

    def step(indices: np.ndarray, seed: int) -> Tensor:
        return stage.step(split.batch(indices, device), torch.Generator(device).manual_seed(seed))

    return step


def _finite_total(losses: list[Tensor], steps: int) -> float:
    """Return the sum of the last steps' losses, the last of them being step number `steps`."""
    if not losses:
        return 0.0
    values = torch.stack(losses).tolist()
    for position, value in enumerate(values):
        if not math.isfinite(value):
            raise _DivergedError(steps - len(values) + position + 1, f"the loss is {value}")
    return float(sum(values))


def _measure_problem(
    stage: TrainingStage, measure: float, best: float | None, limits: Evaluation, starts_trained: bool
) -> str | None:
    """Return why a validation measure means divergence, or None (mends released-code E7).

    A network that is trained from scratch cannot collapse: its first epochs' scores are near zero and jump.
    """
    if not math.isfinite(measure):
        return f"{stage.measure} is {measure}"
    if best is None:
        return None
    if stage.higher_is_better and starts_trained and measure < limits.collapse_ratio * best:
        return f"{stage.measure} fell from {best:.2f} to {measure:.2f}"
    if not stage.higher_is_better and measure > limits.explosion_ratio * best:
        return f"{stage.measure} rose from {best:.4g} to {measure:.4g}"
    return None


def _copy(stage: TrainingStage) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in stage.network.state_dict().items()}


def _describe(row: dict[str, Any]) -> str:
    parts = [f"{name} {value:.4g}" for name, value in row.items() if name not in ("epoch", "step", "improved")]
    return f"epoch {row['epoch']}  step {row['step']}  " + "  ".join(parts) + ("  best" if row["improved"] else "")
