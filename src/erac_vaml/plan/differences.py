"""Find the ablation grids that flip one difference between the paper's text and its released code."""

from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import Difference, applies


def flipping_grids(experiment: Experiment, difference: Difference) -> list[str]:
    """Return the grids that vary a difference's setting alone, with both its values among theirs."""
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
    """Return whether two values are one setting: 0 is 0.0, but not false."""
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def own_values(experiment: Experiment, difference: Difference) -> list[Any]:
    """Return the values that the experiment's own tasks, or data sets, have of a difference's setting."""
    section, field = difference.field.split(".")
    sections = (
        list(experiment.datasets.values())
        if section == "dataset"
        else [
            getattr(task, section) for name, task in experiment.tasks.items() if _applies(experiment, name, difference)
        ]
    )
    values = [getattr(settings, field) for settings in sections if hasattr(settings, field)]
    return list(dict.fromkeys(values))


def _applies(experiment: Experiment, task: str, difference: Difference) -> bool:
    """Return whether a difference is one of a task's: those of input feeding are of translation."""
    if difference.when != "always" and experiment.captions_images(task):
        return False
    return applies(difference, experiment.tasks[task].network.input_feeding)
