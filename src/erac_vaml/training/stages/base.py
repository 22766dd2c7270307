"""The interface of a training stage: what the training loop calls and reads."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from erac_vaml.config import TaskSettings
from erac_vaml.data.batches import Batch
from erac_vaml.data.prepared import PreparedDataset
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.rewards import Spelling
from erac_vaml.training.optimisation import Optimiser


@dataclass(frozen=True)
class Context:
    """The settings, data, seed and device of a run: what every stage works with."""

    settings: TaskSettings
    dataset: PreparedDataset
    seed: int
    device: torch.device

    @cached_property
    def spelling(self) -> Spelling:
        """The characters of the target words, on the device; only a pay-off of characters asks for them."""
        return Spelling.of(self.dataset.target_vocabulary.tokens, self.device)


class TrainingStage(Protocol):
    """An algorithm that trains one network."""

    network: SequenceToSequence
    """The network that the stage trains and the run keeps."""
    measure: str
    """Validation measure that decides improvement (released-code E4)."""
    higher_is_better: bool
    reference_multiple: int
    """References are padded to a multiple of this on a GPU; 1 if their width limits the length of samples."""
    changing_networks: dict[str, SequenceToSequence]
    """The networks that a step changes, by role: a checkpoint holds them."""
    optimisers: dict[str, Optimiser]
    """The optimisers by the role of their network."""
    decaying_optimisers: list[Optimiser]
    """The optimisers whose learning rate the schedule decays; the first is that of `network`."""

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () on the device, without a graph."""

    def validate(self) -> dict[str, float]:
        """Return the validation measures of the current networks."""
