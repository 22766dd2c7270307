"""Choose the time and memory that a cluster job requests for a run, from its stage and the size of its data set."""

import math
from functools import cached_property
from pathlib import Path

from erac_vaml.operations.data_size import DatasetSize
from erac_vaml.operations.disk import checkpoint_bytes
from erac_vaml.operations.estimate import Speeds
from erac_vaml.operations.timings import data_sizes, finished_runs
from erac_vaml.operations.work.network import critic_shape
from erac_vaml.plan import Plan, Run
from erac_vaml.runs.attempts import read_attempts

_GENEROUS = 3.0
"""Factor on the estimate: other machines may be slower, and a longer request costs little."""
_SHORTEST, _LONGEST, _MINUTES_ROUNDED = 30, 1440, 10
"""Minutes. A run that needs more stops in time and continues in the next job."""
_BASE_MB = 3_000
"""Memory of Python, torch and the libraries of a GPU."""
_MB_ROUNDED = 500
_MAX_MEMORY_FACTOR = 4
_COPIES_OF_STATE = 2
"""The state itself, and its copy in a checkpoint that is being built."""
_ARRAYS_OF_SCORES = 3


class JobRequests:
    """Requests for the runs of an experiment."""

    def __init__(self, plan: Plan, results: Path) -> None:
        """Prepare requests for the planned runs, given the folder of the results."""
        self._plan, self._results = plan, results

    def minutes(self, run: Run) -> int:
        """Return the minutes that the job of a run requests: at most a day, and no more after a retry."""
        size = self._sizes[run.dataset]
        seconds = self._speeds.of(run, size).seconds(run, size, run.stage_settings.max_epochs)
        return min(_LONGEST, max(_SHORTEST, _rounded(_GENEROUS * seconds / 60, _MINUTES_ROUNDED)))

    def memory_mb(self, run: Run) -> int:
        """Return the memory in MB that the job of a run requests.

        Attempts that failed or were killed increase it, because memory may have been short. Time limits do not.
        """
        failures = sum(attempt.end in (None, "failed") for attempt in read_attempts(self._results / run.state_path))
        return memory_mb(run, self._sizes[run.dataset]) * min(1 + failures, _MAX_MEMORY_FACTOR)

    @cached_property
    def _sizes(self) -> dict[str, DatasetSize]:
        return data_sizes(self._plan.experiment, self._results)

    @cached_property
    def _speeds(self) -> Speeds:
        return Speeds(finished_runs(self._plan, self._results, self._sizes))


def memory_mb(run: Run, data: DatasetSize) -> int:
    """Return the MB for the networks, batches and data of a run, the same on a CPU and on the host of a GPU."""
    settings = run.stage_settings
    samples = 1 if run.stage == "mle-continued" else getattr(settings, "samples", 1)
    longest = max(run.settings.actor_critic.max_length, 2 * data.train.target_words // data.train.pairs)
    scores = settings.batch_size * samples * longest * data.target_vocabulary * 4
    prepared = 4 * data.words + 2 * data.images * data.feature_width
    critic = critic_shape(run.settings.network, data.target_vocabulary).parameters
    fixed = 4 * critic if run.stage in ("vaml", "critic") else 0
    needed = _COPIES_OF_STATE * checkpoint_bytes(run, data) + _ARRAYS_OF_SCORES * scores + prepared + fixed
    return _rounded(_BASE_MB + needed / 1e6, _MB_ROUNDED)


def _rounded(value: float, step: int) -> int:
    """Return a value rounded up to a multiple of `step`."""
    return step * math.ceil(value / step)
