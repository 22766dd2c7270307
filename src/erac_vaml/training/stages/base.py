"""What the loop asks of a stage."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from erac_vaml.config import TaskSettings
from erac_vaml.data.batches import Batch
from erac_vaml.data.prepared import PreparedDataset
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.training.optimisation import Optimiser


@dataclass(frozen=True)
class Context:
    """What every stage of a run works with."""

    settings: TaskSettings
    dataset: PreparedDataset
    seed: int
    device: torch.device


class TrainingStage(Protocol):
    """One way to train one network."""

    network: SequenceToSequence
    """The network that the stage exists to train, and that the run keeps."""
    measure: str
    """Validation measure that decides improvement (released-code E4)."""
    higher_is_better: bool
    reference_multiple: int
    """On a GPU references are padded to a multiple of it; 1 where their width decides how long samples may be."""

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph, on the device."""

    def validate(self) -> dict[str, float]:
        """Return the validation measures of the networks as they are."""

    def decaying_optimisers(self) -> list[Optimiser]:
        """Return the optimisers whose learning rate the schedule decays, the network's own first."""

    def changing_networks(self) -> dict[str, SequenceToSequence]:
        """Return the networks that a step changes, by role: what a checkpoint holds."""

    def optimisers(self) -> dict[str, Optimiser]:
        """Return the optimisers by the role of their network."""
