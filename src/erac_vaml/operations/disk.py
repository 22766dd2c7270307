"""Disk space that an experiment needs."""

from collections.abc import Iterable
from dataclasses import dataclass

from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.work.network import critic_shape
from erac_vaml.operations.work.run import trained_network
from erac_vaml.plan import Run

_BYTES = 4
"""Bytes of a parameter, a float32."""
_CHECKPOINTS = 3
"""The newest two, and the next one while it is being written."""
_BYTES_OF_A_FEATURE = 2
_BYTES_OF_A_WORD = 4 + 7
"""Bytes of a word as an id and as text."""


@dataclass(frozen=True)
class DiskUse:
    """Bytes that will still be written."""

    models: float
    checkpoints: float
    """Checkpoints of the largest runs, as many as train in parallel; a finished run has none."""
    data: float
    """Features of images, ids and texts."""

    @property
    def total(self) -> float:
        """Return the sum."""
        return self.models + self.checkpoints + self.data


def model_bytes(run: Run, data: DatasetSize) -> float:
    """Return the bytes of the model that a run keeps."""
    return float(_BYTES * trained_network(run, data).parameters)


def checkpoint_bytes(run: Run, data: DatasetSize) -> float:
    """Return the bytes of one checkpoint: the best network, every network that a step changes, and Adam's moments."""
    network = trained_network(run, data).parameters
    moments = 2 if run.stage_settings.optimizer == "adam" else 0
    if run.stage in ("critic", "joint"):
        critic = critic_shape(run.settings.network, data.target_vocabulary).parameters
        actor = network if run.stage == "joint" else 0
        # A target critic has no optimiser.
        return float(_BYTES * (network + (1 + moments) * (actor + critic) + critic))
    return float(_BYTES * (2 + moments) * network)


def data_bytes(data: DatasetSize) -> float:
    """Return the bytes of a prepared data set with its features."""
    words = sum(split.source_words + split.target_words for split in (data.train, data.valid, data.test))
    return float(words * _BYTES_OF_A_WORD + data.images * data.feature_width * _BYTES_OF_A_FEATURE)


def disk_use(runs: Iterable[tuple[Run, DatasetSize]], data: Iterable[DatasetSize], at_once: int) -> DiskUse:
    """Return the disk space that is still needed.

    Args:
        runs: the runs that have not ended, with the sizes of their data sets.
        data: sizes of the data sets that are not prepared yet.
        at_once: number of runs that train in parallel.
    """
    left = list(runs)
    largest = sorted((checkpoint_bytes(run, size) for run, size in left), reverse=True)[:at_once]
    return DiskUse(
        models=sum(model_bytes(run, size) for run, size in left),
        checkpoints=_CHECKPOINTS * sum(largest),
        data=sum(map(data_bytes, data)),
    )
