"""Names, paths and inputs that the rules share. EXPERIMENT and RUNS are those of workflow/Snakefile."""

import re

from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan import algorithm_runs, grid_cells
from erac_vaml.plan.differences import flipping_grids
from erac_vaml.reporting.labels import FIGURE1_GRIDS
from erac_vaml.reporting.paper import paper_numbers, task_of_setting

CONFIG = f"{RESULTS}/config.yaml"
RUN = "runs/{task}/{algorithm}/{run}"


def one_of(names):
    """A wildcard constraint that only these names meet."""
    return "|".join(map(re.escape, names)) or "(?!)"


# Functions of the wildcards.


def run_of(wildcards):
    return RUNS[RUN.format(**wildcards)]


def data_of_run(wildcards):
    """All that training and evaluation read of a data set."""
    name = EXPERIMENT.tasks[wildcards.task].dataset
    dataset = EXPERIMENT.datasets[name]
    return [f"{RESULTS}/data/{name}/{file}" for file in (*dataset.prepared_files, *dataset.feature_files)]


def parents_of_run(wildcards):
    """Models and scores of the runs that a run starts from: the scores say whether one diverged."""
    files = ("model.safetensors", "scores.json")
    return [f"{RESULTS}/{run.path}/{file}" for run in run_of(wildcards).parents.values() for file in files]


def scores_of(runs):
    """The scores of those of the runs that the experiment plans."""
    paths = dict.fromkeys(str(run.path) for run in runs)
    return [f"{RESULTS}/{path}/scores.json" for path in paths if path in RUNS]


def test_references(name):
    """What the test set's hypotheses are scored by."""
    return f"{RESULTS}/data/{name}/{EXPERIMENT.datasets[name].references_file}"


def runs_of(task, *algorithms):
    return [run for algorithm in algorithms if task for run in algorithm_runs(EXPERIMENT, task, algorithm)]


def runs_of_grid(name):
    """The runs of a grid's cells, and of the MLE actors that it is compared with."""
    if name not in EXPERIMENT.ablations:
        return []
    cells = grid_cells(EXPERIMENT, name)
    return [
        *(run for cell in cells for run in cell.runs),
        *runs_of(EXPERIMENT.ablations[name].task, "mle"),
    ]


def runs_of_systems(systems):
    """The runs beside the paper's own systems in Tables 2 and 7."""
    own = [system for system in systems if system.algorithm]
    return [run for system in own for run in runs_of(task_of_setting(EXPERIMENT, system.setting), system.algorithm)]


FIGURE1_RUNS = [run for name in FIGURE1_GRIDS for run in runs_of_grid(name)]
ACTORS = [run for name, task in EXPERIMENT.tasks.items() for run in runs_of(name, *task.algorithms)]
"""The runs of every algorithm that a task asks for: those whose hypotheses are compared."""
TABLE_RUNS = {
    "table1": [
        run for task in EXPERIMENT.tasks for run in runs_of(task, "mle", "mle-continued", "raml", "vaml", "ac", "erac")
    ],
    "table2": runs_of_systems(paper_numbers().table2),
    "table3": runs_of_grid("table3"),
    "table4": runs_of(
        task_of_setting(EXPERIMENT, "mt") or next(iter(EXPERIMENT.tasks)),
        *paper_numbers().table4,
    ),
    "table5": [],
    "table6": [],
    "table7": runs_of_systems(paper_numbers().table7),
    **{f"ablation-{name}": runs_of_grid(name) for name in EXPERIMENT.ablations},
}
"""What each table is made of."""
FIGURE_RUNS = {
    **({"figure1": FIGURE1_RUNS} if FIGURE1_RUNS else {}),
    **{f"ablation-{name}": runs_of_grid(name) for name in EXPERIMENT.ablations},
    **{f"learning-curves-{name}": runs_of(name, "mle", *task.algorithms) for name, task in EXPERIMENT.tasks.items()},
    **{f"breakdown-{name}": runs_of(name, "mle", *task.algorithms) for name, task in EXPERIMENT.tasks.items()},
}
"""What each figure is drawn from."""

DIFFERENCE_GRIDS = list(dict.fromkeys(grid for item in DIFFERENCES for grid in flipping_grids(EXPERIMENT, item)))
"""Grids that flip a difference between the paper's text and its released code alone."""


def table_files(name):
    return multiext(f"{RESULTS}/tables/{name}", ".csv", ".md", ".tex")


def figure_files(name):
    return multiext(f"{RESULTS}/figures/{name}", ".pdf", ".png", ".csv")
