"""Find the ablation grids that flip one difference between the paper's text and its released code."""

from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import Difference, applies


def flipping_grids(experiment: Experiment, difference: Difference) -> list[str]:
    """Return the grids that vary only the setting of a difference and include both its values."""
    return [
        name
        for name, grid in experiment.ablations.items()
        if list(grid.vary) == [difference.field]
        and all(
            any(same_value(value, wanted) for value in grid.vary[difference.field])
            for wanted in (difference.released, difference.paper)
        )
        and _applies(experiment, grid.task, difference)
    ]


def same_value(value: Any, other: Any) -> bool:
    """Return whether two values are the same setting: 0 equals 0.0, but not false."""
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def own_values(experiment: Experiment, difference: Difference) -> list[Any]:
    """Return the values of a difference's setting in the tasks, or data sets, of the experiment."""
    section, field = difference.field.split(".")
    if section == "dataset":
        settings: list[Any] = [dataset for dataset in experiment.datasets.values() if hasattr(dataset, field)]
    else:
        tasks = (task for name, task in experiment.tasks.items() if _applies(experiment, name, difference))
        settings = [getattr(task, section) for task in tasks]
    return list(dict.fromkeys(getattr(one, field) for one in settings))


def _applies(experiment: Experiment, task: str, difference: Difference) -> bool:
    """Return whether a difference applies to a task. Those that depend on input feeding concern translation only."""
    if difference.when != "always" and experiment.captions_images(task):
        return False
    return applies(difference, experiment.tasks[task].network.input_feeding)
