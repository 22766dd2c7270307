"""Draw Figure 1, ablation grids, learning curves and breakdowns, each as PDF, PNG and its data as CSV."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.plan import Plan
from erac_vaml.reporting.figures.ablation import FIGURE1, ablation_figure, figure1, figure1_inputs
from erac_vaml.reporting.figures.breakdown import breakdown, breakdown_inputs
from erac_vaml.reporting.figures.learning_curves import learning_curves, learning_curves_inputs
from erac_vaml.reporting.figures.style import Drawing
from erac_vaml.reporting.files import write_bytes, write_text
from erac_vaml.reporting.inputs import Inputs
from erac_vaml.reporting.labels import FIGURE1_GRIDS
from erac_vaml.reporting.scores import Scores, read_scores
from erac_vaml.reporting.tables.ablation import grid_inputs

KINDS = ("pdf", "png", "csv")
"""Files of each figure."""


class Maker(NamedTuple):
    """How a figure is drawn, and of what."""

    inputs: Callable[[Plan], Inputs]
    draw: Callable[[Scores, Path], Drawing]


def figure_names(experiment: Experiment) -> list[str]:
    """Return the names of all figures that the experiment has."""
    return list(_makers(experiment))


def figure_inputs(plan: Plan, name: str) -> Inputs:
    """Return what a figure is made of.

    Raises:
        UserError: there is no such figure.
    """
    return _maker(plan.experiment, name).inputs(plan)


def draw(scores: Scores, results: Path, name: str) -> Drawing:
    """Draw a figure by its name: figure1, ablation-{grid}, learning-curves-{task} or breakdown-{task}.

    Args:
        scores: of the runs that `figure_inputs` names, at least.
        results: folder of the experiment, with the runs and the data.
        name: the figure's.

    Raises:
        UserError: there is no such figure, or a run's files are damaged.
    """
    return _maker(scores.experiment, name).draw(scores, results)


def write_figure(experiment: Experiment, results: Path, name: str) -> None:
    """Write results/figures/{name} in each of the `KINDS`, from its own runs alone.

    Raises:
        UserError: there is no such figure, or a run's files cannot be read.
    """
    plan = Plan(experiment)
    save_drawing(draw(read_scores(plan, results, figure_inputs(plan, name).runs), results, name), results)


def save_drawing(drawing: Drawing, results: Path) -> None:
    """Write results/figures/{drawing.name} in each of the `KINDS`."""
    path = results / "figures" / drawing.name
    write_text(path.with_suffix(".csv"), drawing.data.to_csv(index=False))
    for kind in ("pdf", "png"):
        write_bytes(path.with_suffix(f".{kind}"), drawing.render(kind))


def _maker(experiment: Experiment, name: str) -> Maker:
    makers = _makers(experiment)
    if name not in makers and name != FIGURE1:
        raise UserError(f"figure {name}: no such figure; the experiment has {', '.join(makers)}")
    # Figure 1 without its grid says which grid it needs.
    return makers.get(name) or Maker(figure1_inputs, _of_scores(figure1))


def _makers(experiment: Experiment) -> dict[str, Maker]:
    makers = {}
    if any(name in experiment.ablations for name in FIGURE1_GRIDS):
        makers[FIGURE1] = Maker(figure1_inputs, _of_scores(figure1))
    for grid in experiment.ablations:
        drawn = partial(ablation_figure, name=grid)
        makers[f"ablation-{grid}"] = Maker(partial(grid_inputs, name=grid), _of_scores(drawn))
    for task in experiment.tasks:
        curves, parts = partial(learning_curves_inputs, task=task), partial(breakdown_inputs, task=task)
        makers[f"learning-curves-{task}"] = Maker(curves, partial(learning_curves, task=task))
        makers[f"breakdown-{task}"] = Maker(parts, partial(breakdown, task=task))
    return makers


def _of_scores(drawn: Callable[[Scores], Drawing]) -> Callable[[Scores, Path], Drawing]:
    """Return a figure that is drawn from scores alone as one that may read other files too."""
    return lambda scores, _: drawn(scores)
