"""Algorithms and cells of ablation grids with their statistics, for tables and figures alike."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.plan import algorithm_runs, grid_cells
from erac_vaml.reporting.paper import Spread
from erac_vaml.reporting.scores import rows_of
from erac_vaml.reporting.statistics import Summary, summarise, tidy_row


@dataclass(frozen=True)
class ScoredCell:
    """One measure of the runs that differ only in their seeds."""

    task: str
    algorithm: str
    metric: str
    summary: Summary
    values: dict[str, Any] = field(default_factory=dict)
    """In a grid: `section.field` to the cell's value."""

    def row(self, paper: Spread | None = None) -> dict[str, Any]:
        """Return the cell as a row of a tidy table, the paper's numbers after ours where they are given."""
        return tidy_row(self.task, self.algorithm, self.metric, self.summary, paper, self.values)


def algorithm_cell(
    experiment: Experiment, scores: pd.DataFrame, task: str, algorithm: str, metric: str = "test_bleu"
) -> ScoredCell:
    """Return one algorithm of one task with the task's own settings; no runs where the experiment has none of it."""
    runs = algorithm_runs(experiment, task, algorithm)
    return ScoredCell(task, algorithm, metric, summarise(rows_of(scores, runs), metric))


def grid_scores(experiment: Experiment, scores: pd.DataFrame, name: str, metric: str) -> list[ScoredCell]:
    """Return the cells of an ablation grid, the last field varying fastest.

    Raises:
        UserError: the grid names an unknown field or a value out of range.
    """
    task = experiment.ablations[name].task
    return [
        ScoredCell(task, cell.algorithm, metric, summarise(rows_of(scores, cell.runs), metric), cell.values)
        for cell in grid_cells(experiment, name)
    ]
