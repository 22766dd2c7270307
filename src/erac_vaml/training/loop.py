"""The training loop of every stage: epochs, validation, decay, the best network, divergence, resuming."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from erac_vaml.config.settings import Evaluation, Stage
from erac_vaml.data.batches import Split, training_order
from erac_vaml.data.resident import ResidentSplit
from erac_vaml.randomness import stream_seed
from erac_vaml.training.capture import CapturedSteps
from erac_vaml.training.divergence import DivergedError, Divergence, measure_problem, not_finite
from erac_vaml.training.stages.base import TrainingStage
from erac_vaml.training.state import TrainingState, copy_parameters

_TakeStep = Callable[[np.ndarray, int], Tensor]
"""Does one step on the pairs at the indices (B,), with random numbers from the seed; returns its loss ()."""

_SOURCE_MULTIPLE = 8
"""On a GPU sources are padded to a multiple of this: few shapes (each needs a graph), but little padding."""
_STEPS_BETWEEN_CHECKS = 50
"""Steps between two checks of the losses: reading a loss makes the host wait for the GPU."""


class Hooks(Protocol):
    """What the loop calls to resume, to write checkpoints and to stop in time (`runs.watch.Watch`)."""

    def begin(self, stage: TrainingStage) -> TrainingState:
        """Load the newest checkpoint into the stage, if there is one; return the state at which training resumes."""

    def due(self, state: TrainingState) -> bool:
        """Return whether to call `save` after this step."""

    def save(self, stage: TrainingStage, state: TrainingState) -> None:
        """Write a checkpoint; raise an error to stop training."""

    def validate(self, stage: TrainingStage, state: TrainingState) -> dict[str, float]:
        """Return the stage's validation measures; raise an error to stop training."""


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
    start_counts: bool,
    hooks: Hooks,
) -> TrainingState:
    """Train a stage until its schedule ends, it diverges, or its last epoch is done.

    Args:
        stage: the stage to train.
        split: the training pairs.
        settings: batch size and schedule.
        limits: limits beyond which a validation measure means divergence.
        seed: seed of every random stream.
        purpose: name of the random stream, for example "mle".
        device: device of the batches.
        starts_trained: whether the network comes from another stage. Its validation measure is then recorded as
            epoch 0, and it can collapse.
        start_counts: whether epoch 0 is the first best. If so, the starting network is kept unless an epoch is better;
            otherwise the first epoch is always an improvement (released-code E6).
        hooks: resume, save and stop training.

    Raises:
        Exception: whatever the hooks raise, to stop or because a checkpoint cannot be read or written.
    """
    state = hooks.begin(stage)
    take_step = (_captured_steps if device.type == "cuda" else _plain_steps)(stage, split, device)

    def record(epoch: int, loss: float) -> None:
        """Validate and record an epoch; keep the network if it is the best so far, otherwise decay."""
        measures = hooks.validate(stage, state)
        measure = measures[stage.measure]
        before = [row[stage.measure] for row in state.history]
        problem = not_finite(measures) or measure_problem(
            stage.measure,
            measure,
            before,
            limits,
            higher_is_better=stage.higher_is_better,
            starts_trained=starts_trained,
        )
        improved = problem is None and (epoch > 0 or start_counts) and state.schedule.update(measure)
        learning_rate = stage.decaying_optimisers[0].learning_rate
        row = {"epoch": epoch, "step": state.step, "learning_rate": learning_rate, "train_loss": loss, **measures}
        state.history.append(row | {"improved": improved})
        state.epoch_seconds.append(round(state.seconds, 2))
        print(_describe(state), flush=True)
        if problem is not None:
            raise DivergedError(state.step, problem)
        # The starting network (epoch 0) is always kept and never decays the learning rate.
        if improved or epoch == 0:
            state.parameters, state.measures, state.best_epoch = copy_parameters(stage.network), measures, epoch
        else:
            for optimiser in stage.decaying_optimisers:
                optimiser.scale_learning_rate(state.schedule.learning_rate_factor(settings.decay_factor))
        state.epoch, state.batch, state.total_loss = epoch, 0, 0.0
        hooks.save(stage, state)

    def train_epoch(epoch: int) -> None:
        """Do the remaining steps of an epoch, then validate."""
        losses: list[Tensor] = []
        order = training_order(split, settings.batch_size, seed, epoch)
        state.batches = len(order)
        for indices in tqdm(
            order[state.batch :],
            desc=f"{purpose} epoch {epoch}",
            initial=state.batch,
            total=len(order),
            unit="step",
            leave=False,
            disable=None,
        ):
            losses.append(take_step(indices, stream_seed(seed, purpose, state.step)))
            state.step += 1
            state.batch += 1
            due = hooks.due(state)
            if due or len(losses) == _STEPS_BETWEEN_CHECKS:
                _add_losses(state, losses)
            if due:
                hooks.save(stage, state)
        _add_losses(state, losses)
        record(epoch, state.total_loss / len(order))

    epoch = state.epoch
    try:
        if starts_trained and not state.history:
            record(0, math.nan)
        while state.epoch < settings.max_epochs and not state.schedule.ended:
            epoch = state.epoch + 1
            train_epoch(epoch)
    except DivergedError as diverged:
        # Losses are read every few steps, at moments that the clock decides. No result may depend on these.
        state.step = diverged.step
        state.divergence = Divergence(epoch, diverged.step, diverged.reason)
    return state


def _add_losses(state: TrainingState, losses: list[Tensor]) -> None:
    """Add the losses of the last steps to the epoch's sum one by one, so that grouping does not change the sum."""
    if not losses:
        return
    values = torch.stack(losses).tolist()
    losses.clear()
    for position, value in enumerate(values):
        if not math.isfinite(value):
            raise DivergedError(state.step - len(values) + position + 1, f"the loss is {value}")
        state.total_loss += value


def _plain_steps(stage: TrainingStage, split: Split, device: torch.device) -> _TakeStep:
    return lambda indices, seed: stage.step(split.batch(indices, device), torch.Generator(device).manual_seed(seed))


def _captured_steps(stage: TrainingStage, split: Split, device: torch.device) -> _TakeStep:
    resident, captured = ResidentSplit(split, device), CapturedSteps(stage, device)
    return lambda indices, seed: captured.step(
        resident.batch(indices, _SOURCE_MULTIPLE, stage.reference_multiple), seed
    )


def _describe(state: TrainingState) -> str:
    row: dict[str, Any] = state.history[-1] | {"seconds": state.epoch_seconds[-1]}
    parts = [f"{name} {value:.4g}" for name, value in row.items() if name not in ("epoch", "step", "improved")]
    return f"epoch {row['epoch']}  step {row['step']}  " + "  ".join(parts) + ("  best" if row["improved"] else "")
