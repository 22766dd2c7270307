"""Estimate the disk space that an experiment needs."""

from dataclasses import dataclass
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.data.preparation import is_prepared
from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.downloads import pending_downloads
from erac_vaml.operations.estimate import Estimates
from erac_vaml.operations.parallel import runs_in_parallel
from erac_vaml.operations.work.network import critic_shape
from erac_vaml.operations.work.totals import trained_network
from erac_vaml.plan import Run

_BYTES = 4
"""Bytes of a parameter, a float32."""
_CHECKPOINTS = 3
"""Checkpoints of a run: the newest two, and the next one while it is being written."""
_BYTES_OF_A_FEATURE = 2
_BYTES_OF_A_WORD = 4 + 7
"""Bytes of a word as an id and as text."""
_COPIES_OF_A_DOWNLOAD = 2
"""The archive, which is deleted when it is unpacked, and its content; images take as much space as in the archive."""


@dataclass(frozen=True)
class DiskUse:
    """Bytes that will still be written."""

    models: float
    checkpoints: float
    """Checkpoints of the largest runs, as many as train in parallel. A finished run has none."""
    downloads: float
    """Archives of raw data, and what is unpacked from them."""
    data: float
    """Features of images, ids and texts."""

    @property
    def total(self) -> float:
        """The sum."""
        return self.models + self.checkpoints + self.downloads + self.data


def disk_needed(experiment: Experiment, results: Path, estimates: Estimates, at_once: int | None) -> DiskUse:
    """Return the disk space that is still needed.

    Args:
        experiment: the experiment.
        results: folder of its results.
        estimates: of all its runs.
        at_once: number of runs that train in parallel; None: as many as this machine has GPUs or cores for.
    """
    left = [one for one in estimates.runs if not one.ended]
    runs = [(one.run, estimates.sizes[one.run.dataset]) for one in left]
    parallel, _ = runs_in_parallel(experiment, left, at_once)
    largest = sorted((checkpoint_bytes(run, size) for run, size in runs), reverse=True)[:parallel]
    return DiskUse(
        models=sum(model_bytes(run, size) for run, size in runs),
        checkpoints=_CHECKPOINTS * sum(largest),
        downloads=_COPIES_OF_A_DOWNLOAD
        * sum(file.size for files in pending_downloads(experiment, results).values() for file in files),
        data=sum(
            data_bytes(size) for name, size in estimates.sizes.items() if not is_prepared(results / "data" / name)
        ),
    )


def model_bytes(run: Run, data: DatasetSize) -> float:
    """Return the bytes of the model that a run keeps."""
    return float(_BYTES * trained_network(run, data).parameters)


def checkpoint_bytes(run: Run, data: DatasetSize) -> float:
    """Return the bytes of a checkpoint: the best network, every network that a step changes, and Adam's moments."""
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
    return float(data.words * _BYTES_OF_A_WORD + data.images * data.feature_width * _BYTES_OF_A_FEATURE)
