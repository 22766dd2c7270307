"""The state of a stage's training, and its conversion to a checkpoint and back."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor, nn

from erac_vaml.training.divergence import Divergence
from erac_vaml.training.schedule import Schedule
from erac_vaml.training.stages.base import TrainingStage


@dataclass
class TrainingState:
    """The progress and results of a stage's training; the stage itself holds its networks and optimisers.

    No checkpoint records a divergence. A run that resumes from a checkpoint before its divergence diverges at the same
    step again.
    """

    parameters: dict[str, Tensor]
    """The network's parameters at the best epoch."""
    schedule: Schedule
    measures: dict[str, float] = field(default_factory=dict)
    """Validation measures at the best epoch; empty before there is one."""
    best_epoch: int = 0
    epoch: int = 0
    """Completed epochs, validation included."""
    batch: int = 0
    """Completed steps of the current epoch."""
    batches: int = 0
    """Steps in an epoch; 0 before the first epoch of this attempt."""
    step: int = 0
    """Completed steps of all epochs."""
    total_loss: float = 0.0
    """Sum of the losses of the current epoch's steps."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """One row an epoch: `epoch`, `step`, `learning_rate`, `train_loss`, the validation measures, `improved`."""
    epoch_seconds: list[float] = field(default_factory=list)
    """Seconds of training up to each row of the history."""
    divergence: Divergence | None = None
    started: float = field(default_factory=time.monotonic)
    """When training would have begun without any interruption (monotonic clock, in seconds)."""

    @property
    def epochs(self) -> int:
        """Epochs that have begun."""
        return self.divergence.epoch if self.divergence else self.epoch

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        return time.monotonic() - self.started


_RECORDED = ("measures", "best_epoch", "epoch", "batch", "step", "total_loss", "history", "epoch_seconds")


def begin(stage: TrainingStage, max_decays: int) -> TrainingState:
    """Return the state before the first step."""
    return TrainingState(copy_parameters(stage.network), Schedule(max_decays, stage.higher_is_better))


def to_checkpoint(stage: TrainingStage, state: TrainingState) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the content of a checkpoint: tensors, and a record that JSON can hold."""
    tensors = {f"best.{name}": value for name, value in state.parameters.items()} | _tensors(stage)
    record = {name: getattr(state, name) for name in _RECORDED}
    return tensors, record | {"schedule": asdict(state.schedule), "seconds": state.seconds}


def from_checkpoint(
    stage: TrainingStage, tensors: dict[str, Tensor], record: dict[str, Any], decay_factor: float
) -> TrainingState:
    """Load a checkpoint into the stage's networks and optimisers, and return the state of its training.

    Args:
        stage: the stage as it was built; its networks and optimisers are overwritten in place.
        tensors: the checkpoint's tensors.
        record: the checkpoint's record.
        decay_factor: decay factor of the stage's schedule.
    """
    for name, value in _tensors(stage).items():
        value.copy_(tensors[name])
    schedule = Schedule(**record["schedule"])
    for optimiser in stage.decaying_optimisers:
        optimiser.scale_learning_rate(schedule.learning_rate_factor(decay_factor))
    parameters = {name: tensors[f"best.{name}"].to(value.device) for name, value in stage.network.state_dict().items()}
    return TrainingState(
        parameters=parameters,
        schedule=schedule,
        started=time.monotonic() - record["seconds"],
        **{name: record[name] for name in _RECORDED},
    )


def copy_parameters(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of a network's parameters by name."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _tensors(stage: TrainingStage) -> dict[str, Tensor]:
    """Return all tensors of a stage that a step changes, by name: the tensors themselves, not copies."""
    networks = {
        f"{role}.{name}": value.detach()
        for role, network in stage.changing_networks.items()
        for name, value in network.state_dict().items()
    }
    optimisers = {
        f"{role}.optimiser.{name}": value
        for role, optimiser in stage.optimisers.items()
        for name, value in optimiser.moments().items()
    }
    return networks | optimisers
