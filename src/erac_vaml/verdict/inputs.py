"""Declare the inputs of the verdict and of the recipe differences."""

from pathlib import PurePosixPath
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan import Plan, runs_of
from erac_vaml.plan.differences import flipping_grids, own_values
from erac_vaml.reporting.collected_scores import COLLECTED_FILE
from erac_vaml.reporting.inputs import Inputs, grid_settings, references_file, shown_settings
from erac_vaml.reporting.labels import asked_algorithms, has_papers_data
from erac_vaml.reporting.names import GAIN_PARTS, GAINS, LEVELS, RECIPE_DIFFERENCES, RECIPE_EFFECTS, SYSTEMS
from erac_vaml.runs.hypotheses import HYPOTHESES_FILE

VERDICT_FILE = "verdict.json"


def verdict_inputs(plan: Plan) -> Inputs:
    """Return the inputs of the verdict: all scores, and the texts by which single systems are compared."""
    experiment = plan.experiment
    cells = [plan.algorithm(task, name) for task in experiment.tasks for name in asked_algorithms(experiment, task)]
    hypotheses = [run.path / HYPOTHESES_FILE for run in runs_of(cells)]
    references = [references_file(experiment, task) for task in experiment.tasks]
    settings: dict[str, Any] = {"name": experiment.name, "recipe": experiment.recipe}
    for name in experiment.ablations:
        settings |= grid_settings(experiment, name)
    settings |= shown_settings(experiment, experiment.tasks, "algorithms", "seeds.actors", "actor_critic.tau")
    return Inputs(
        files=(PurePosixPath(COLLECTED_FILE), *hypotheses, *dict.fromkeys(references)),
        settings={**settings, **differences_inputs(plan).settings},
    )


def verdict_table_names(experiment: Experiment) -> list[str]:
    """Return the names of the tables that are written with the verdict."""
    return [GAINS, GAIN_PARTS, SYSTEMS, *([LEVELS] if compares_levels(experiment) else [])]


def compares_levels(experiment: Experiment) -> bool:
    """Return whether a task with a place in the paper uses the paper's own data, so that levels can be compared."""
    return any(task.paper_setting and has_papers_data(experiment, name) for name, task in experiment.tasks.items())


def recipe_tables(experiment: Experiment) -> list[str]:
    """Return the names of the tables of the differences and of their effects that the experiment has."""
    if difference_grids(experiment):
        return [RECIPE_DIFFERENCES, RECIPE_EFFECTS]
    return [RECIPE_DIFFERENCES] if experiment.reproduces else []


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
