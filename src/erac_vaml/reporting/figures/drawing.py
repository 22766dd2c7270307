"""Draw a figure by its name and write it: as PDF and PNG, and its data as CSV."""

from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.files import write_bytes, write_text
from erac_vaml.plan import Plan
from erac_vaml.reporting.collected_scores import CollectedScores, scores_of_runs
from erac_vaml.reporting.figures.breakdown import breakdown
from erac_vaml.reporting.figures.catalogue import figure_inputs
from erac_vaml.reporting.figures.grids import ablation_figure, figure1
from erac_vaml.reporting.figures.learning_curves import learning_curves
from erac_vaml.reporting.figures.style import Drawing
from erac_vaml.reporting.names import ABLATION, BREAKDOWN, CURVES, FIGURE1


def draw(scores: CollectedScores, results: Path, name: str) -> Drawing:
    """Draw a figure that the experiment has, or Figure 1.

    Args:
        scores: scores of the runs that `figure_inputs` names, or more.
        results: folder of the experiment, with the runs and the data.
        name: figure1, ablation-{grid}, learning-curves-{task} or breakdown-{task}.

    Raises:
        UserError: the grid is not there or does not fit Figure 1, or a run's files are damaged.
    """
    if name == FIGURE1:
        return figure1(scores)
    if name.startswith(ABLATION):
        return ablation_figure(scores, name.removeprefix(ABLATION))
    if name.startswith(CURVES):
        return learning_curves(scores, results, name.removeprefix(CURVES))
    return breakdown(scores, results, name.removeprefix(BREAKDOWN))


def write_figure(experiment: Experiment, results: Path, name: str) -> None:
    """Write results/figures/{name}.pdf, .png and .csv; only its own runs are read.

    Raises:
        UserError: there is no such figure, or a run's files cannot be read.
    """
    plan = Plan(experiment)
    save_drawing(draw(scores_of_runs(plan, results, figure_inputs(plan, name).runs), results, name), results)


def save_drawing(drawing: Drawing, results: Path) -> None:
    """Write results/figures/{drawing.name}.pdf, .png and .csv."""
    path = results / "figures" / drawing.name
    write_text(path.with_suffix(".csv"), drawing.data.to_csv(index=False))
    for kind in ("pdf", "png"):
        write_bytes(path.with_suffix(f".{kind}"), drawing.render(kind))
