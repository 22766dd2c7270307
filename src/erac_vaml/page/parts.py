"""List the parts of the page: its tables, figures and texts, and their files."""

from pathlib import PurePosixPath
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.data.preparation import FEATURES
from erac_vaml.plan import Plan, runs_of
from erac_vaml.reporting.collected_scores import COLLECTED_FILE
from erac_vaml.reporting.figures.catalogue import figure_names
from erac_vaml.reporting.inputs import Inputs, data_folder, grid_settings, references_file, shown_settings
from erac_vaml.reporting.labels import FIGURE1_GRIDS, asked_algorithms
from erac_vaml.reporting.names import ABLATION, GAINS, MEASURES_TABLE, RECIPE_DIFFERENCES
from erac_vaml.reporting.tables import table_inputs, table_names
from erac_vaml.runs.hypotheses import HYPOTHESES_FILE
from erac_vaml.runs.manifest import MANIFEST
from erac_vaml.verdict.inputs import (
    VERDICT_FILE,
    difference_grids,
    recipe_tables,
    verdict_table_names,
)

SETTINGS_TABLES = ("table5", "table6")
"""Tables of settings, which need no run."""


def report_inputs(plan: Plan) -> Inputs:
    """Return the inputs of the page and the checklist: scores, verdict, tables, figures, manifests, and samples."""
    experiment = plan.experiment
    settings = {"name": experiment.name, "recipe": experiment.recipe}
    for name in experiment.ablations:
        settings |= grid_settings(experiment, name)
    files = [
        PurePosixPath(COLLECTED_FILE),
        PurePosixPath(VERDICT_FILE),
        *(PurePosixPath("tables", f"{name}.html") for name in page_tables(plan)),
        *(PurePosixPath("figures", f"{name}.png") for name in page_pictures(experiment)),
        *(run.path / MANIFEST for run in plan.runs.values()),
        *(path for task in experiment.tasks for path in _sample_files(plan, task)),
        *(data_folder(experiment, task) / FEATURES for task in experiment.tasks if experiment.captions_images(task)),
    ]
    settings |= _checklist_settings(plan) | shown_settings(experiment, experiment.tasks, "algorithms")
    return Inputs(files=tuple(dict.fromkeys(files)), settings=settings)


def _checklist_settings(plan: Plan) -> dict[str, Any]:
    """Return the settings that only the checklist shows: those of Tables 5 and 6, the networks and the data sets."""
    experiment = plan.experiment
    shown: dict[str, Any] = {}
    for name in SETTINGS_TABLES if experiment.reproduces else ():
        shown |= table_inputs(plan, name).settings
    for name, task in experiment.tasks.items():
        shown |= {
            f"tasks.{name}.network": task.network.model_dump(),
            f"datasets.{task.dataset}.digest": experiment.datasets[task.dataset].digest,
        }
    return shown


def page_tables(plan: Plan) -> list[str]:
    """Return the names of the tables that the page shows, without tables of the paper that have no runs here."""
    experiment = plan.experiment
    hidden = _flips_alone(experiment)
    own = [name for name in table_names(experiment) if name not in hidden]
    shown = [name for name in own if name in SETTINGS_TABLES or table_inputs(plan, name).runs]
    of_verdict = [name for name in verdict_table_names(experiment) if name != GAINS]
    return [*shown, MEASURES_TABLE, *of_verdict, *recipe_tables(experiment)]


def page_pictures(experiment: Experiment) -> list[str]:
    """Return the names of the figures that the page shows."""
    hidden = _flips_alone(experiment)
    forest = [RECIPE_DIFFERENCES] if difference_grids(experiment) else []
    return [*(name for name in figure_names(experiment) if name not in hidden), *forest]


def _flips_alone(experiment: Experiment) -> set[str]:
    """Return the grids of two values only, the text's and the released code's: the forest plot alone shows them."""
    return {
        f"{ABLATION}{name}"
        for name in set(difference_grids(experiment)) - set(FIGURE1_GRIDS)
        if sum(len(values) for values in experiment.ablations[name].vary.values()) == 2
    }


def _sample_files(plan: Plan, task: str) -> list[PurePosixPath]:
    """Return the files below results/{experiment}/ that a task's samples come from."""
    runs = runs_of([plan.algorithm(task, algorithm) for algorithm in asked_algorithms(plan.experiment, task)])
    texts = [sources_file(plan.experiment, task), references_file(plan.experiment, task)]
    return [*texts, *(run.path / HYPOTHESES_FILE for run in runs)]


def sources_file(experiment: Experiment, task: str) -> PurePosixPath:
    """Return the file below results/{experiment}/ with the sentences, or the names of the images, of the test set."""
    name = "images.tsv" if experiment.captions_images(task) else "test.source.txt"
    return data_folder(experiment, task) / name
