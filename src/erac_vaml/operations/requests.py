"""Time and memory that a cluster job requests for a run, from the run's stage and the size of its data set."""

import math
from functools import cached_property
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.disk import checkpoint_bytes
from erac_vaml.operations.estimate import Speeds
from erac_vaml.operations.finished import data_sizes, finished_runs
from erac_vaml.operations.work.network import critic_shape
from erac_vaml.operations.work.run import max_epochs
from erac_vaml.plan import Run
from erac_vaml.runs.attempts import read_attempts

_GENEROUS = 3.0
"""Jobs request this many times the estimate: other machines are slower, and a longer request costs little."""
_SHORTEST, _LONGEST, _MINUTES_ROUNDED = 30, 1440, 10
"""Minutes. A run that needs longer stops in time and continues in the next job."""
_BASE_MB = 3_000
"""Memory of Python, torch and a GPU's libraries."""
_MB_ROUNDED = 500
_MAX_MEMORY_FACTOR = 4
_COPIES_OF_STATE = 2
"""A checkpoint is built in memory next to the state that it copies."""
_ARRAYS_OF_SCORES = 3


class JobRequests:
    """Requests for the runs of an experiment."""

    def __init__(self, experiment: Experiment, results: Path) -> None:
        """Take an experiment and the folder of its results."""
        self._experiment, self._results = experiment, results

    def minutes(self, run: Run) -> int:
        """Return the minutes that a run's job requests: generous, but at most a day, and no more after a retry."""
        speed = self._speeds.of(run, self._size(run))
        return _rounded(
            _GENEROUS * speed.seconds(run, self._size(run), max_epochs(run)) / 60,
            _MINUTES_ROUNDED,
            _SHORTEST,
            _LONGEST,
        )

    def memory_mb(self, run: Run) -> int:
        """Return the memory in MB that a run's job requests; attempts that failed or were killed increase it."""
        return memory_mb(run, self._size(run)) * min(1 + failures(run, self._results), _MAX_MEMORY_FACTOR)

    @cached_property
    def _sizes(self) -> dict[str, DatasetSize]:
        return data_sizes(self._experiment, self._results)

    @cached_property
    def _speeds(self) -> Speeds:
        return Speeds(finished_runs(self._experiment, self._results, self._sizes))

    def _size(self, run: Run) -> DatasetSize:
        return self._sizes[self._experiment.tasks[run.task].dataset]


def memory_mb(run: Run, data: DatasetSize) -> int:
    """Return the memory in MB for the networks, batches and data of a run, the same on a CPU and on a GPU's host."""
    settings = run.stage_settings
    samples = 1 if run.stage == "mle-continued" else getattr(settings, "samples", 1)
    longest = max(run.settings.actor_critic.max_length, 2 * data.train.target_words // data.train.pairs)
    scores = settings.batch_size * samples * longest * data.target_vocabulary * 4
    words = 4 * sum(split.source_words + split.target_words for split in (data.train, data.valid, data.test))
    features = 2 * data.images * data.feature_width
    critic = critic_shape(run.settings.network, data.target_vocabulary).parameters
    fixed = 4 * critic if run.stage in ("vaml", "critic") else 0
    needed = _COPIES_OF_STATE * checkpoint_bytes(run, data) + _ARRAYS_OF_SCORES * scores + words + features + fixed
    return _rounded(_BASE_MB + needed / 1e6, _MB_ROUNDED, _BASE_MB, 10**9)


def failures(run: Run, results: Path) -> int:
    """Return how many attempts at a run failed or were killed, as they are when memory is short; time limits do not."""
    return sum(attempt.end in (None, "failed") for attempt in read_attempts(results / run.state_path))


def _rounded(value: float, step: int, least: int, most: int) -> int:
    """Return a value rounded up to a multiple of a step, within limits."""
    return min(most, max(least, step * math.ceil(value / step)))
