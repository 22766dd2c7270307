"""Figure 1, the pictures of ablation grids, learning curves and breakdowns, each as PDF, PNG and its data as CSV."""

from pathlib import Path

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import write_bytes, write_text
from erac_vaml.reporting.figures.ablation import FIGURE1, ablation_figure, figure1
from erac_vaml.reporting.figures.breakdown import breakdown
from erac_vaml.reporting.figures.learning_curves import learning_curves
from erac_vaml.reporting.figures.style import Drawing
from erac_vaml.reporting.labels import FIGURE1_GRIDS
from erac_vaml.reporting.scores import collect_scores

__all__ = ["draw", "figure_names", "save_drawing", "write_figure"]

_CURVES, _ABLATION, _BREAKDOWN = "learning-curves-", "ablation-", "breakdown-"


def figure_names(experiment: Experiment) -> list[str]:
    """Return the names of all figures that the experiment has."""
    first = [FIGURE1] if any(name in experiment.ablations for name in FIGURE1_GRIDS) else []
    grids = [f"{_ABLATION}{name}" for name in experiment.ablations]
    tasks = [f"{kind}{task}" for task in experiment.tasks for kind in (_CURVES, _BREAKDOWN)]
    return [*first, *grids, *tasks]


def draw(experiment: Experiment, results: Path, scores: pd.DataFrame, name: str) -> Drawing:
    """Draw a figure by its name: figure1, ablation-{grid}, learning-curves-{task} or breakdown-{task}.

    Raises:
        UserError: there is no such figure.
    """
    if name == FIGURE1:
        return figure1(experiment, scores)
    if name.startswith(_ABLATION):
        return ablation_figure(experiment, scores, name.removeprefix(_ABLATION))
    if name.startswith(_CURVES):
        return learning_curves(experiment, results, scores, name.removeprefix(_CURVES))
    if name.startswith(_BREAKDOWN):
        return breakdown(experiment, results, scores, name.removeprefix(_BREAKDOWN))
    raise UserError(f"figure {name}: no such figure; there are {', '.join(figure_names(experiment))}")


def write_figure(experiment: Experiment, results: Path, name: str) -> None:
    """Write results/figures/{name}.pdf, .png and .csv.

    Raises:
        UserError: there is no such figure, or a run's scores cannot be read.
    """
    save_drawing(draw(experiment, results, collect_scores(experiment, results), name), results)


def save_drawing(drawing: Drawing, results: Path) -> None:
    """Write results/figures/{drawing.name}.pdf, .png and .csv."""
    folder = results / "figures"
    write_text(folder / f"{drawing.name}.csv", drawing.data.to_csv(index=False))
    for kind in ("pdf", "png"):
        write_bytes(folder / f"{drawing.name}.{kind}", drawing.render(kind))
