"""One page with everything: results/{experiment}/report.html, readable offline, on a phone and on paper."""

import base64
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.page.cost import StageCost, stage_costs
from erac_vaml.page.manifests import Manifest, read_manifests
from erac_vaml.page.opening import bars, headline, tone
from erac_vaml.page.provenance import provenance
from erac_vaml.page.samples import spread_samples
from erac_vaml.plan.differences import flipping_grids
from erac_vaml.reporting.figures import draw, figure_names
from erac_vaml.reporting.figures.style import Drawing
from erac_vaml.reporting.files import write_text
from erac_vaml.reporting.labels import FIGURE1_GRIDS, data_statement, task_label
from erac_vaml.reporting.scores import collect_scores
from erac_vaml.reporting.tables import ablation_table, html, paper_table
from erac_vaml.reporting.tables.layout import Table
from erac_vaml.verdict.cells import JudgedCell
from erac_vaml.verdict.experiment import experiment_verdict
from erac_vaml.verdict.forest import forest_plot
from erac_vaml.verdict.tables import differences_table, systems_table
from erac_vaml.verdict.wording import NOTHING, PERCENT, counted, level_interval, plural, reason, signed_interval


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
        UserError: a run's scores or hypotheses cannot be read, or a run's files are damaged.
    """
    write_text(results / "report.html", page(experiment, results))


def page(experiment: Experiment, results: Path) -> str:
    """Return the page, from whatever runs are there.

    Raises:
        UserError: as `write_report`.
    """
    scores = collect_scores(experiment, results)
    verdict = experiment_verdict(experiment, results)
    ended = scores[scores["status"] != "missing"]
    manifests = read_manifests(results, _paths(ended))
    hidden = _flips_alone(experiment)
    shown = [name for name in experiment.ablations if name not in hidden]
    drawn = [name for name in figure_names(experiment) if name.removeprefix("ablation-") not in hidden]
    return (
        _environment()
        .get_template("page.html")
        .render(
            experiment=experiment,
            verdict=verdict,
            headline=headline(verdict),
            bars=bars(verdict),
            data=data_statement(experiment, experiment.tasks),
            tables=[_table(paper_table(experiment, scores, number)) for number in range(1, 8)],
            systems=_table(systems_table(experiment, verdict.systems)),
            figure1=[name for name in FIGURE1_GRIDS if name in experiment.ablations],
            grids={name: _table(ablation_table(experiment, scores, name)) for name in shown},
            pictures={name: _Picture(draw(experiment, results, scores, name)) for name in drawn},
            differences=_table(differences_table(experiment, verdict.effects)),
            forest=_Picture(forest_plot(experiment, verdict.effects)) if verdict.effects else None,
            samples={
                task_label(experiment, task): spread_samples(experiment, results, scores, task)
                for task in experiment.tasks
            },
            divergences=_records(scores[scores["status"] == "diverged"]),
            costs=_costs(ended, manifests),
            origin=provenance(list(manifests.values()), len(ended)),
            runs=_run_groups(scores, manifests),
        )
        + "\n"
    )


def _flips_alone(experiment: Experiment) -> set[str]:
    """Return the grids that show nothing but a difference between text and released code: the forest plot has them."""
    flips = {name for difference in DIFFERENCES for name in flipping_grids(experiment, difference)}
    return {
        name
        for name in flips - set(FIGURE1_GRIDS)
        if sum(len(values) for values in experiment.ablations[name].vary.values()) == 2
    }


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("erac_vaml.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "tone": tone,
        "level": level_interval,
        "signed": signed_interval,
        "anchor": _anchor,
        "groups": _groups,
        "plural": plural,
        "without_data": _without_data,
    }
    environment.globals |= {
        "NOTHING": NOTHING,
        "PERCENT": PERCENT,
        "counted": counted,
        "reason": reason,
        "runs_of_cell": _runs_of_cell,
        "task_label": task_label,
    }
    return environment


def _table(table: Table) -> Markup:
    return html(replace(table, caption=_without_data(table.caption)))


def _without_data(caption: str) -> str:
    """Return a caption without its sentence on the data, which the page has once for all."""
    return caption.partition(" Data: ")[0]


def _anchor(group: str) -> str:
    """Return the id of a group of runs, which has no character that an address would have to escape."""
    return "runs-" + "".join(
        letter if letter.isalnum() and letter.isascii() else f"-{ord(letter):x}-" for letter in group
    )


def _groups(cells: list[JudgedCell]) -> list[tuple[tuple[str, str], list[JudgedCell]]]:
    """Return the cells of each table and task that stand one after the other."""
    return [
        (key, list(members)) for key, members in groupby(cells, lambda cell: (cell.cell.table, cell.cell.runs.task))
    ]


def _runs_of_cell(judged: JudgedCell) -> str:
    runs = judged.cell.runs
    return f"{runs.task}/{runs.algorithm}"


def _paths(rows: pd.DataFrame) -> list[str]:
    return [f"runs/{row.task}/{row.algorithm}/{row.run}" for row in rows.itertuples()]


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values, None where there is none."""
    plain = rows.astype(object).where(rows.notna(), None)
    return [dict(zip(plain.columns, values, strict=True)) for values in plain.itertuples(index=False, name=None)]


def _costs(ended: pd.DataFrame, manifests: dict[str, Manifest]) -> list[StageCost]:
    stages = zip(ended["stage"], _paths(ended), strict=True)
    return stage_costs([(stage, manifests[path]) for stage, path in stages if path in manifests])


def _run_groups(scores: pd.DataFrame, manifests: dict[str, Manifest]) -> list[dict[str, Any]]:
    """Return the runs of each task and algorithm, with how many of them have which status."""
    return [
        {
            "name": f"{task}/{algorithm}",
            "counts": rows["status"].value_counts().to_dict(),
            "runs": [
                run | {"manifest": manifests.get(path)} for run, path in zip(_records(rows), _paths(rows), strict=True)
            ],
        }
        for (task, algorithm), rows in scores.groupby(["task", "algorithm"], sort=False)
    ]
