"""Describe a cell: runs that differ only in their seeds, and one measure of them with its statistics.

A number of a table, a point of a figure and each side of a comparison are cells. The plan has them without scores;
`reporting.collected_scores` fills the scores in.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from erac_vaml.plan.run import Run
from erac_vaml.plan.stages import ALGORITHM_STAGE, SEEDED_STAGES

FEWEST = 3
"""Fewest runs whose standard deviation is shown, and fewest critics or seeds of a shown interval. The spread of two
numbers says next to nothing: their interval is 12.7 times as long as they are apart."""


@dataclass(frozen=True)
class Cell:
    """n planned runs that differ only in their seeds, in order of their index, and one measure of them."""

    task: str
    algorithm: str
    """Folder of the algorithm, for example "erac@actor_critic.tau=0.02"."""
    runs: tuple[Run, ...] = ()
    """(n,) planned runs; empty if the experiment does not contain the cell."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """In a grid: `section.field` to the cell's value."""
    metric: str = ""
    """Column of scores.csv, for example "test_bleu"; empty in a planned cell."""
    score: np.ndarray = field(default_factory=lambda: np.empty(0))
    """(n,) values of the measure; NaN for a run that has not finished."""
    diverged: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))
    """(n,) whether the run diverged."""

    @property
    def nested(self) -> bool:
        """Whether runs share critics (in VAML: Q-networks). Then the critic is the independent unit, not the run."""
        return ALGORITHM_STAGE[self.algorithm.partition("@")[0]] not in SEEDED_STAGES

    @property
    def index(self) -> np.ndarray:
        """(n,) index A(c − 1) + a of actor a of critic c. Runs of two algorithms with the same index are a pair."""
        return np.array([run.seed for run in self.runs], dtype=int)

    @property
    def critic(self) -> np.ndarray:
        """(n,) number c of each run's critic; a run without a critic has that of its pair in the other algorithms."""
        return np.array([(run.seed - 1) // run.settings.seeds.actors + 1 for run in self.runs], dtype=int)

    @property
    def finished(self) -> np.ndarray:
        """(n,) whether the run has finished with a finite score. A diverged run has not."""
        return np.isfinite(self.score)

    @property
    def finished_runs(self) -> list[Run]:
        """Runs that have finished without diverging."""
        return [run for run, finished in zip(self.runs, self.finished, strict=True) if finished]

    @property
    def n_finished(self) -> int:
        """Number of runs that have finished without diverging."""
        return int(self.finished.sum())

    @property
    def n_diverged(self) -> int:
        """Number of runs that diverged."""
        return int(self.diverged.sum())

    @property
    def ended_units(self) -> tuple[int, int]:
        """Numbers of independent units that finished and that diverged; one diverged if half of its ended runs did.

        A critic that diverges in its pre-training takes all its actors with it: that is one event.
        """
        units = self._unit_of_run
        diverged = [
            bool(self.diverged[units == unit].sum() >= self.finished[units == unit].sum())
            for unit in np.unique(units[self.finished | self.diverged])
        ]
        return len(diverged) - sum(diverged), sum(diverged)

    @property
    def n_planned(self) -> int:
        """Number of planned runs; 0 if the experiment does not contain the cell."""
        return len(self.runs)

    @property
    def scores(self) -> np.ndarray:
        """(n_finished,) scores of the finished runs. The statistics are those of these scores."""
        return self.score[self.finished]

    @property
    def mean(self) -> float:
        """Mean of the finished runs; NaN if there is none. Diverged runs are left out, as in Table 3."""
        return float(self.scores.mean()) if self.n_finished else math.nan

    @property
    def std(self) -> float:
        """Sample standard deviation (n − 1); NaN if fewer than `FEWEST` runs have finished."""
        return float(self.scores.std(ddof=1)) if self.n_finished >= FEWEST else math.nan

    @property
    def min(self) -> float:
        """Lowest score; NaN if there is none."""
        return float(self.scores.min()) if self.n_finished else math.nan

    @property
    def max(self) -> float:
        """Highest score; NaN if there is none."""
        return float(self.scores.max()) if self.n_finished else math.nan

    @property
    def unit(self) -> str:
        """Name of the independent unit: "critic" or "seed"."""
        return "critic" if self.nested else "seed"

    @property
    def units(self) -> np.ndarray:
        """(n_finished,) number of the independent unit of each finished run."""
        return self._unit_of_run[self.finished]

    @property
    def ended_scores(self) -> np.ndarray:
        """Scores of the runs that have ended, −inf for a diverged run."""
        return np.where(self.diverged, -np.inf, self.score)[self.finished | self.diverged]

    @property
    def _unit_of_run(self) -> np.ndarray:
        """(n,) number of the independent unit of each run."""
        return self.critic if self.nested else self.index


def pairs(cells: Sequence[Cell]) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of the indices that have finished in all cells, and the independent unit of each index.

    Returns:
        (m, cells) scores, and (m,) units: numbers of critics if the runs of any cell share critics, otherwise the
        indices.
    """
    common = sorted(set.intersection(*(set(cell.index[cell.finished].tolist()) for cell in cells)))
    places = [np.searchsorted(cell.index, common) for cell in cells]
    scores = np.stack([cell.score[place] for cell, place in zip(cells, places, strict=True)], axis=1)
    units = cells[0].critic[places[0]] if any(cell.nested for cell in cells) else np.array(common, dtype=int)
    return scores, units


def runs_of(cells: Sequence[Cell]) -> list[Run]:
    """Return the runs of all cells, each run once."""
    return list({str(run.path): run for cell in cells for run in cell.runs}.values())
