"""Declare the inputs of the verdict and of the recipe differences."""

from pathlib import PurePosixPath
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan import Plan, runs_of
from erac_vaml.plan.differences import flipping_grids, own_values
from erac_vaml.reporting.collected_scores import SCORES_FILE
from erac_vaml.reporting.inputs import Inputs, grid_settings, references_file, shown_settings
from erac_vaml.reporting.labels import ALGORITHMS
from erac_vaml.runs.hypotheses import HYPOTHESES_FILE

VERDICT_FILE = "verdict.json"
DIFFERENCES_NAME = "recipe-differences"
"""Name of the table, and of the forest plot."""


def verdict_inputs(plan: Plan) -> Inputs:
    """Return the inputs of the verdict: all scores, and the texts by which single systems are compared."""
    experiment = plan.experiment
    cells = [plan.algorithm(task, algorithm) for task in experiment.tasks for algorithm in ALGORITHMS]
    hypotheses = [run.path / HYPOTHESES_FILE for run in runs_of(cells)]
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
    """Return the names of the grids that flip one difference."""
    return list(dict.fromkeys(grid for item in DIFFERENCES for grid in flipping_grids(experiment, item)))


def differences_inputs(plan: Plan) -> Inputs:
    """Return the inputs of the table and the forest plot: the grids that flip differences, and our own values."""
    experiment, grids = plan.experiment, difference_grids(plan.experiment)
    runs = runs_of([cell for name in grids for cell in plan.grid(name)])
    settings = {f"own {item.field}, {item.when}": own_values(experiment, item) for item in DIFFERENCES}
    for name in grids:
        settings |= grid_settings(experiment, name)
    return Inputs(tuple(runs), settings=settings | shown_settings(experiment, experiment.tasks))
