"""From scores to what verdicts are made of: cells whose runs differ only in their seeds, and pairs of runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.plan import ALGORITHM_STAGE, Run, algorithm_runs, grid_cells
from erac_vaml.reporting.scores import rows_of

_INDEPENDENT = ("mle", "mle-continued", "raml")
"""Stages whose runs share no critic and no Q-network."""


@dataclass(frozen=True)
class CellRuns:
    """One measure of the planned runs of a cell, in the order of their indices; n counts the planned ones."""

    task: str
    algorithm: str
    metric: str
    nested: bool
    """Whether runs share critics (of VAML: Q-networks), so that the critic is the independent unit, not the run."""
    names: tuple[str, ...]
    """(n) of the runs, for example "critic1-actor1"."""
    index: np.ndarray
    """(n,) i = A(c − 1) + a. Runs of equal index are pairs, whatever their algorithms."""
    critic: np.ndarray
    """(n,) c; of MLE, its continuation and RAML the critic that runs of the same index have in other algorithms."""
    score: np.ndarray
    """(n,) the measure; NaN where the run has not finished."""
    diverged: np.ndarray
    """(n,) whether the run diverged."""
    values: dict[str, Any] = field(default_factory=dict)
    """In a grid: `section.field` to the cell's value."""

    @property
    def finished(self) -> np.ndarray:
        """(n,) whether the run has finished without diverging."""
        return np.isfinite(self.score)

    @property
    def n_finished(self) -> int:
        """Runs that have finished without diverging."""
        return int(self.finished.sum())

    @property
    def n_diverged(self) -> int:
        """Runs that diverged."""
        return int(self.diverged.sum())

    @property
    def n_planned(self) -> int:
        """Runs that the experiment plans; 0: the cell is no part of it."""
        return len(self.index)

    @property
    def scores(self) -> np.ndarray:
        """(n_finished,) the measure of the finished runs."""
        return self.score[self.finished]

    @property
    def units(self) -> np.ndarray:
        """(n_finished,) the independent unit of each finished run."""
        return (self.critic if self.nested else self.index)[self.finished]

    @property
    def ranked(self) -> tuple[np.ndarray, int]:
        """Scores of the runs that have ended, −inf where one diverged, and the number of independent units in them."""
        ended = self.finished | self.diverged
        units = (self.critic if self.nested else self.index)[ended]
        return np.where(self.diverged, -np.inf, self.score)[ended], len(np.unique(units))


@dataclass(frozen=True)
class Evidence:
    """All that verdicts are derived from."""

    experiment: Experiment
    scores: pd.DataFrame
    """scores.csv."""

    def algorithm(self, task: str, algorithm: str, metric: str = "test_bleu") -> CellRuns:
        """Return the runs of one algorithm of a task with the task's own settings."""
        return self._cell(task, algorithm, metric, algorithm_runs(self.experiment, task, algorithm))

    def grid(self, name: str, metric: str | None = None) -> list[CellRuns]:
        """Return the cells of an ablation grid, the last field varying fastest; none where there is no such grid.

        Raises:
            UserError: the grid names an unknown field or a value out of range.
        """
        if name not in self.experiment.ablations:
            return []
        grid = self.experiment.ablations[name]
        return [
            self._cell(grid.task, cell.algorithm, metric or grid.metric, cell.runs, cell.values)
            for cell in grid_cells(self.experiment, name)
        ]

    def _cell(
        self, task: str, algorithm: str, metric: str, runs: Sequence[Run], values: dict[str, Any] | None = None
    ) -> CellRuns:
        rows = rows_of(self.scores, runs).sort_values("seed")
        index = rows["seed"].to_numpy(dtype=int)
        score = rows[metric].where(rows["status"] == "finished").to_numpy(dtype=float)
        return CellRuns(
            task,
            algorithm,
            metric,
            ALGORITHM_STAGE[algorithm.partition("@")[0]] not in _INDEPENDENT,
            tuple(rows["run"]),
            index,
            (index - 1) // self.experiment.tasks[task].seeds.actors + 1,
            score,
            (rows["status"] == "diverged").to_numpy(dtype=bool),
            values or {},
        )


def pairs(cells: Sequence[CellRuns]) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of the indices that have finished in all of the cells, and the independent unit of each.

    Returns:
        (n, cells) scores, and (n,) units: the critic's number where runs of any of the cells share critics, else the
        run's index.
    """
    common = sorted(set.intersection(*(set(cell.index[cell.finished].tolist()) for cell in cells)))
    places = [np.searchsorted(cell.index, common) for cell in cells]
    scores = np.stack([cell.score[place] for cell, place in zip(cells, places, strict=True)], axis=1)
    units = cells[0].critic[places[0]] if any(cell.nested for cell in cells) else np.array(common, dtype=int)
    return scores, units
