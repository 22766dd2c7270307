"""One page with everything: results/{experiment}/report.html, readable offline and on a phone."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.reporting.figures import draw, figure_names
from erac_vaml.reporting.figures.style import Drawing
from erac_vaml.reporting.files import write_text
from erac_vaml.reporting.labels import data_statement, task_label
from erac_vaml.reporting.samples import spread_samples
from erac_vaml.reporting.scores import collect_scores
from erac_vaml.reporting.tables import ablation_table, html, paper_table


@dataclass(frozen=True)
class _Picture:
    drawing: Drawing

    @property
    def address(self) -> str:
        """The picture itself, as a data URI."""
        return "data:image/png;base64," + base64.b64encode(self.drawing.render("png")).decode("ascii")


def write_report(experiment: Experiment, results: Path) -> None:
    """Write results/report.html from whatever runs are there.

    Raises:
        UserError: a run's scores cannot be read, or a run's files are damaged.
    """
    scores = collect_scores(experiment, results)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("erac_vaml.reporting"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = environment.get_template("report.html").render(
        experiment=experiment,
        data=data_statement(experiment, experiment.tasks),
        counts={status: int((scores["status"] == status).sum()) for status in ("finished", "diverged", "missing")},
        tables=[html(paper_table(experiment, scores, number)) for number in range(1, 8)],
        grids=[html(ablation_table(experiment, scores, name)) for name in experiment.ablations],
        pictures={name: _Picture(draw(experiment, results, scores, name)) for name in figure_names(experiment)},
        samples={
            task_label(experiment, task): spread_samples(experiment, results, scores, task) for task in experiment.tasks
        },
        runs=_run_groups(scores),
    )
    write_text(results / "report.html", page + "\n")


def _run_groups(scores: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the runs of each task and algorithm, with how many of them have which status."""
    return [
        {
            "name": f"{task}/{algorithm}",
            "counts": rows["status"].value_counts().to_dict(),
            "runs": rows.astype(object).where(rows.notna(), None).to_dict("records"),
        }
        for (task, algorithm), rows in scores.groupby(["task", "algorithm"], sort=False)
    ]
