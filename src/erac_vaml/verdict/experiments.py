"""Compare the algorithms of two experiments: the same task with other settings, other code or another machine.

Runs of equal index are pairs, as within an experiment: they have the same seed, and the same number of a critic. They
are not pairs if the experiments train different numbers of actors with each critic. Then the means are compared as
independent means.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from erac_vaml.plan import Cell, Plan
from erac_vaml.reporting.collected_scores import scores_of_runs
from erac_vaml.reporting.labels import ALGORITHMS
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.verdict.contrast import Contrast, compare
from erac_vaml.verdict.intervals import Interval, difference, mean_interval


@dataclass(frozen=True)
class Change:
    """An algorithm of a task in two experiments."""

    task: str
    algorithm: str
    first: Cell
    second: Cell
    contrast: Contrast | None
    """Second − first, run against run; None if no runs are pairs."""
    same_references: bool
    """Whether both were scored against the same references."""

    @property
    def difference(self) -> Interval:
        """Second − first with its interval."""
        if self.contrast is not None:
            return self.contrast.difference
        first, second = (mean_interval(cell.scores, cell.units) for cell in (self.first, self.second))
        return difference(second, first)

    @property
    def p_value(self) -> float | None:
        """Of the sign-flip test; None if fewer than two critics or seeds are pairs."""
        return self.contrast.flips.p_value if self.contrast is not None and self.contrast.units > 1 else None

    @property
    def outcome(self) -> str:
        """In a word what the interval says of the second experiment: higher, lower, or open; empty without one."""
        found = self.difference
        if not found.known:
            return ""
        return "higher" if found.low > 0 else "lower" if found.high < 0 else "open"


def compare_experiments(plans: tuple[Plan, Plan], results: tuple[Path, Path], metric: str) -> list[Change]:
    """Return each algorithm of each task that both experiments plan and that has a finished run in both.

    Args:
        plans: the plans of both experiments.
        results: the folders of their results.
        metric: a measure of scores.json.

    Raises:
        UserError: the files of a run are damaged or were changed.
    """
    tasks = [name for name in plans[0].experiment.tasks if name in plans[1].experiment.tasks]
    found = []
    for task in tasks:
        for algorithm in ALGORITHMS:
            planned = [plan.algorithm(task, algorithm) for plan in plans]
            first, second = (
                scores_of_runs(plan, folder, cell.runs).of(cell, metric)
                for plan, folder, cell in zip(plans, results, planned, strict=True)
            )
            if first.n_finished and second.n_finished:
                same = _references(first, results[0], plans[0]) == _references(second, results[1], plans[1])
                found.append(Change(task, algorithm, first, second, _contrast(first, second), same))
    return found


def changes_data(changes: Iterable[Change]) -> pd.DataFrame:
    """Return a row for each change."""
    return pd.DataFrame(
        {
            "task": one.task,
            "algorithm": one.algorithm,
            "metric": one.first.metric,
            **{
                f"{name}_{number}": getattr(cell, name)
                for number, cell in enumerate((one.first, one.second), start=1)
                for name in ("mean", "std", "n_finished", "n_diverged")
            },
            "difference": one.difference.estimate,
            "low": one.difference.low,
            "high": one.difference.high,
            "pairs": one.contrast.pairs if one.contrast else 0,
            "p": one.p_value,
            "same_references": one.same_references,
        }
        for one in changes
    )


def _contrast(first: Cell, second: Cell) -> Contrast | None:
    """Return second − first by pairs of runs; None if there are none."""
    actors = {cell.runs[0].settings.seeds.actors for cell in (first, second)}
    if len(actors) > 1 and (first.nested or second.nested):
        return None
    contrast = compare(second, first)
    return contrast if contrast.pairs else None


def _references(cell: Cell, results: Path, plan: Plan) -> str | None:
    """Return the checksum of the references that a cell's runs were scored against."""
    run = cell.finished_runs[0]
    file = plan.experiment.datasets[run.dataset].references_file
    return read_manifest(results / run.path).data.sha256.get(file)
