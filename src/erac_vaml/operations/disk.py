"""How much room an experiment needs on the disk."""

from collections.abc import Iterable
from dataclasses import dataclass

from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.network_size import NetworkSize, actor_size, critic_size, q_network_size
from erac_vaml.plan import Run

_BYTES = 4
"""Of a parameter, float32."""
_CHECKPOINTS = 3
"""The newest two, and the next one while it is written."""
_BYTES_OF_A_FEATURE = 2
_BYTES_OF_A_WORD = 4 + 7
"""As an id, and as text."""


@dataclass(frozen=True)
class DiskUse:
    """Bytes that are still to be written."""

    models: float
    checkpoints: float
    """Of as many of the largest runs as train at once; they go when a run has ended."""
    data: float
    """Features of images, ids and texts."""

    @property
    def total(self) -> float:
        """Return all of it."""
        return self.models + self.checkpoints + self.data


def trained_network(run: Run, data: DatasetSize) -> NetworkSize:
    """Return the size of the network that a run keeps."""
    if run.stage == "critic":
        return critic_size(run.settings.network, data)
    if run.stage == "q-network":
        return q_network_size(run.settings.network, data)
    return actor_size(run.settings.network, data)


def model_bytes(run: Run, data: DatasetSize) -> float:
    """Return the bytes of the model that a run keeps."""
    return float(_BYTES * trained_network(run, data).parameters)


def checkpoint_bytes(run: Run, data: DatasetSize) -> float:
    """Return the bytes of one checkpoint: the best network, all that a step changes, and what the optimisers know."""
    network = trained_network(run, data).parameters
    moments = 2 if run.stage_settings.optimizer == "adam" else 0
    if run.stage in ("critic", "joint"):
        critic = critic_size(run.settings.network, data).parameters
        actor = network if run.stage == "joint" else 0
        # A target critic has no optimiser.
        return float(_BYTES * (network + (1 + moments) * (actor + critic) + critic))
    return float(_BYTES * (2 + moments) * network)


def data_bytes(data: DatasetSize) -> float:
    """Return the bytes of a prepared data set with its features."""
    words = sum(split.source_words + split.target_words for split in (data.train, data.valid, data.test))
    return float(words * _BYTES_OF_A_WORD + data.images * data.feature_width * _BYTES_OF_A_FEATURE)


def disk_use(runs: Iterable[tuple[Run, DatasetSize]], data: Iterable[DatasetSize], at_once: int) -> DiskUse:
    """Return what is still to be written.

    Args:
        runs: those that have not ended, with their data sets' sizes.
        data: sizes of the data sets that are not prepared yet.
        at_once: how many runs train at once.
    """
    left = list(runs)
    largest = sorted((checkpoint_bytes(run, size) for run, size in left), reverse=True)[:at_once]
    return DiskUse(
        models=sum(model_bytes(run, size) for run, size in left),
        checkpoints=_CHECKPOINTS * sum(largest),
        data=sum(map(data_bytes, data)),
    )
