"""What a cluster should set aside for a run: by its stage and the size of its data set, before the data exist too."""

import math
from functools import cached_property
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.disk import checkpoint_bytes
from erac_vaml.operations.estimate import Speed, stage_speeds
from erac_vaml.operations.finished import data_sizes, finished_runs
from erac_vaml.operations.network_size import critic_size
from erac_vaml.operations.work import max_epochs
from erac_vaml.plan import Run, StageName
from erac_vaml.runs.attempts import read_attempts

_GENEROUS = 3.0
"""Jobs ask for this many times the estimate: other machines are slower, and the queue does not mind much."""
_SHORTEST, _LONGEST, _MINUTES_ROUNDED = 30, 1440, 10
"""Minutes. A run that needs longer stops in time and goes on in the next job."""
_BASE_MB = 3_000
"""Python, torch and a GPU's libraries."""
_MB_ROUNDED = 500
_MOST_TIMES_THE_MEMORY = 4
_COPIES_OF_STATE = 2
"""A checkpoint is gathered in memory beside what it is made of."""
_ARRAYS_OF_SCORES = 3


class JobRequests:
    """Of an experiment's runs."""

    def __init__(self, experiment: Experiment, results: Path) -> None:
        """Take an experiment and the folder of its results."""
        self._experiment, self._results = experiment, results

    def minutes(self, run: Run) -> int:
        """Return the minutes of a run's job: generous, but no longer than a day. A retry asks for no more."""
        seconds = self._speeds[run.stage].seconds(run, self._size(run), max_epochs(run))
        return _rounded(_GENEROUS * seconds / 60, _MINUTES_ROUNDED, _SHORTEST, _LONGEST)

    def memory_mb(self, run: Run) -> int:
        """Return the memory of a run's job in MB: more of it only after attempts that failed or were killed."""
        return memory_mb(run, self._size(run)) * min(1 + failures(run, self._results), _MOST_TIMES_THE_MEMORY)

    @cached_property
    def _sizes(self) -> dict[str, DatasetSize]:
        return data_sizes(self._experiment, self._results)

    @cached_property
    def _speeds(self) -> dict[StageName, Speed]:
        return stage_speeds(list(finished_runs(self._experiment, self._results, self._sizes)), None)

    def _size(self, run: Run) -> DatasetSize:
        return self._sizes[self._experiment.tasks[run.task].dataset]


def memory_mb(run: Run, data: DatasetSize) -> int:
    """Return the memory in MB that a run needs by its networks, its batches and its data: host's or CPU's alike."""
    settings = getattr(run.settings, run.stage.replace("-", "_"))
    samples = getattr(settings, "samples", 1)
    longest = max(run.settings.actor_critic.max_length, 2 * data.train.target_words // data.train.pairs)
    scores = settings.batch_size * samples * longest * data.target_vocabulary * 4
    words = 4 * sum(split.source_words + split.target_words for split in (data.train, data.valid, data.test))
    features = 2 * data.images * data.feature_width
    critic = 4 * critic_size(run.settings.network, data).parameters if run.stage in ("vaml", "critic") else 0
    needed = _COPIES_OF_STATE * checkpoint_bytes(run, data) + _ARRAYS_OF_SCORES * scores + words + features + critic
    return _rounded(_BASE_MB + needed / 1e6, _MB_ROUNDED, _BASE_MB, 10**9)


def failures(run: Run, results: Path) -> int:
    """Return how many attempts at a run failed or were killed, as want of memory does; time limits are none."""
    return sum(attempt.end in (None, "failed") for attempt in read_attempts(results / run.state_path))


def _rounded(value: float, step: int, least: int, most: int) -> int:
    """Return a value rounded up to a multiple of a step, within limits."""
    return min(most, max(least, step * math.ceil(value / step)))
