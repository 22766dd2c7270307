"""Declare what the verdict and the recipe differences are made of."""

from pathlib import PurePosixPath
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan import Plan, Run, runs_of
from erac_vaml.plan.differences import flipping_grids, own_values
from erac_vaml.reporting.inputs import Inputs, grid_settings, references_file, shown_settings
from erac_vaml.reporting.labels import ALGORITHMS
from erac_vaml.reporting.scores import SCORES_FILE
from erac_vaml.runs.hypotheses import HYPOTHESES_FILE

VERDICT_FILE = "verdict.json"
DIFFERENCES_NAME = "recipe-differences"
"""Name of the table, and of the forest plot."""


def compared_runs(plan: Plan, task: str) -> list[Run]:
    """Return the runs of which the best of each algorithm are compared."""
    return runs_of([plan.algorithm(task, algorithm) for algorithm in ALGORITHMS])


def verdict_inputs(plan: Plan) -> Inputs:
    """Return what the verdict is made of: all scores, and the texts by which single systems are compared."""
    experiment = plan.experiment
    hypotheses = [run.path / HYPOTHESES_FILE for task in experiment.tasks for run in compared_runs(plan, task)]
    references = [references_file(experiment, task) for task in experiment.tasks]
    settings: dict[str, Any] = {"name": experiment.name, "recipe": experiment.recipe}
    for name in experiment.ablations:
        settings |= grid_settings(experiment, name)
    settings |= shown_settings(experiment, experiment.tasks, "seeds.actors", "actor_critic.tau")
    return Inputs(
        files=(PurePosixPath(SCORES_FILE), *hypotheses, *dict.fromkeys(references)),
        settings={**settings, **differences_inputs(plan).settings},
    )


def difference_grids(experiment: Experiment) -> list[str]:
    """Return the grids that flip a difference alone."""
    return list(dict.fromkeys(grid for item in DIFFERENCES for grid in flipping_grids(experiment, item)))


def differences_inputs(plan: Plan) -> Inputs:
    """Return what the table and the forest plot are made of: the grids that flip differences, and our own values."""
    experiment, grids = plan.experiment, difference_grids(plan.experiment)
    runs = runs_of([cell for name in grids for cell in plan.grid(name)])
    settings = {f"own {item.field}, {item.when}": own_values(experiment, item) for item in DIFFERENCES}
    for name in grids:
        settings |= grid_settings(experiment, name)
    return Inputs(tuple(runs), settings=settings | shown_settings(experiment, experiment.tasks))
