"""Plan an experiment: all its runs, and the cells that its tables and figures show."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from itertools import chain, product
from pathlib import PurePath

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError, did_you_mean
from erac_vaml.plan.algorithms import algorithm_runs, runs_with
from erac_vaml.plan.cell import Cell
from erac_vaml.plan.overrides import flat_settings
from erac_vaml.plan.run import Run
from erac_vaml.plan.stages import ALGORITHM_SETTINGS


class Plan:
    """The runs and cells of an experiment."""

    def __init__(self, experiment: Experiment) -> None:
        """Plan an experiment."""
        self.experiment = experiment

    @cached_property
    def runs(self) -> dict[str, Run]:
        """Every run of the experiment by its path. A run comes after the runs that it starts from.

        Raises:
            UserError: a grid names an unknown field or a value that is out of range, or a run has nothing to train on.
        """
        tasks, planned = self.experiment.tasks, dict[str, Run]()
        for task, settings in tasks.items():
            for algorithm in settings.algorithms:
                _add(planned, algorithm_runs(self.experiment, task, algorithm))
        for cell in chain.from_iterable(self._grids.values()):
            _add(planned, cell.runs)
        return planned

    def run(self, name: str) -> Run:
        """Return a planned run.

        Args:
            name: for example `mt/erac/critic1-actor2`, or its path `runs/mt/erac/critic1-actor2`.

        Raises:
            UserError: the experiment plans no such run.
        """
        path = PurePath(name)
        short = path.relative_to("runs") if path.parts[:1] == ("runs",) else path
        if f"runs/{short}" not in self.runs:
            similar = did_you_mean(str(short), (run.removeprefix("runs/") for run in self.runs))
            raise UserError(
                f"{name}: experiment {self.experiment.name!r} plans no such run; {similar}`erac-vaml plan --runs` "
                "lists its runs"
            )
        return self.runs[f"runs/{short}"]

    def algorithm(self, task: str, algorithm: str) -> Cell:
        """Return the cell of an algorithm with the task's own settings; it has no runs if the experiment plans none."""
        runs = algorithm_runs(self.experiment, task, algorithm)
        return Cell(task, algorithm, tuple(run for run in runs if str(run.path) in self.runs))

    def grid(self, name: str) -> list[Cell]:
        """Return the cells of an ablation grid as `grid_cells` does; an empty list if there is no such grid."""
        return self._grids.get(name, [])

    def grid_reference(self, name: str) -> Cell:
        """Return the cell of MLE with the seeds of an ablation grid's runs, so that both have the same actors."""
        mle = self.algorithm(self.experiment.ablations[name].task, "mle")
        seeds = {run.seed for run in self.grid(name)[0].runs}
        return replace(mle, runs=tuple(run for run in mle.runs if run.seed in seeds))

    @cached_property
    def _grids(self) -> dict[str, list[Cell]]:
        return {name: grid_cells(self.experiment, name) for name in self.experiment.ablations}


def grid_cells(experiment: Experiment, name: str) -> list[Cell]:
    """Return the cells of an ablation grid. The last field varies fastest.

    Raises:
        UserError: a field is unknown, or fixed or not read by the grid's algorithm, or a value is out of range.
    """
    grid = experiment.ablations[name]
    task = experiment.tasks[grid.task]
    seeds, origin = grid.seeds or task.seeds, f"ablations.{name}.vary"
    for fixed, value in ALGORITHM_SETTINGS.get(grid.algorithm, {}).items():
        if fixed in grid.vary:
            raise UserError(
                f"{origin}.{fixed}: {grid.algorithm} has it at {value} by definition; write algorithm: erac"
            )
    cells = []
    for combination in product(*grid.vary.values()):
        values = dict(zip(grid.vary, combination, strict=True))
        runs = runs_with(experiment, grid.task, grid.algorithm, seeds, values, origin)
        for unread in values.keys() - flat_settings(task, runs[0].reads).keys():
            raise UserError(f"{origin}.{unread}: {grid.algorithm} does not read it; vary a setting it reads")
        cells.append(Cell(grid.task, runs[0].algorithm, tuple(runs), values))
    return cells


def _add(planned: dict[str, Run], runs: Iterable[Run]) -> None:
    """Add runs to those that are planned, each after its parents."""
    for run in runs:
        if run.stage == "mle-continued" and run.settings.joint.lambda_mle == 0.0:
            raise UserError(
                f"{run.path}: joint.lambda_mle is 0, so mle-continued has no loss; set joint.lambda_mle above 0, or "
                "leave mle-continued out"
            )
        _add(planned, run.parents.values())
        planned.setdefault(str(run.path), run)
