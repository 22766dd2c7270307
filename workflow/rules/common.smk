"""Names, paths and inputs that the rules share. EXPERIMENT and RUNS are those of workflow/Snakefile."""

import json
import os
import re
import shlex
import shutil
import sys
from functools import partial
from pathlib import Path

import yaml
from erac_vaml.config import TaskSettings
from erac_vaml.config.datasets import CAPTION_KINDS
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan.differences import flipping_grids
from erac_vaml.operations.guard import refusal
from erac_vaml.operations.outdated import EXIT_STATUS
from erac_vaml.operations.requests import JobRequests
from erac_vaml.operations.snakemake_records import incomplete_outputs
from erac_vaml.plan import algorithm_runs, grid_cells
from erac_vaml.reporting.labels import FIGURE1_GRIDS
from erac_vaml.runs.lock import claim_results
from erac_vaml.reporting.paper import paper_numbers, task_of_setting

RESULTS = f"results/{EXPERIMENT.name}"
CONFIG = f"{RESULTS}/config.yaml"
"""The configuration as the workflow started with it, --config included: what every job reads, and no rule's input."""
CLAIM = None
RUN = "runs/{task}/{algorithm}/{run}"
CAPTION_DATASETS = [name for name, dataset in EXPERIMENT.datasets.items() if dataset.kind in CAPTION_KINDS]
SPLITS = ("train", "valid", "test")
SIDES = ("source", "target")

# `erac-vaml` is found beside the Python that runs Snakemake, also where its environment is not activated.
shell.prefix(f"export PATH={shlex.quote(os.path.dirname(sys.executable))}:$PATH; ")


def one_of(names):
    """A wildcard constraint that only these names meet."""
    return "|".join(map(re.escape, names)) or "(?!)"


def planned_algorithms(stage):
    """A wildcard constraint: the folders of the runs that a stage trains, as in `erac@actor_critic.tau=0.02`."""
    return one_of(dict.fromkeys(run.algorithm for run in RUNS.values() if run.stage == stage))


def only_partial_tables():
    """Whether this is `snakemake partial`, which may be called while another workflow trains."""
    return {job.rule.name for job in workflow.dag.needrun_jobs()} == {"partial"}


def claim():
    """End Snakemake where another workflow is at work on the same results: its own lock is of the files that both make.

    The claim ends with the process, however that ends.
    """
    global CLAIM
    try:
        CLAIM = claim_results(Path(RESULTS))
    except UserError as error:
        print(f"snakemake: {error}", file=sys.stderr)
        sys.exit(2)


def write_configuration():
    """Write CONFIG: every setting of every task, with the recipe and the shared defaults already in them."""
    content = EXPERIMENT.model_dump(mode="json", exclude={"defaults"})
    path = Path(CONFIG)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    temporary.replace(path)


def clear_state():
    """Delete what finished runs keep in case that their files are lost, but of those that Snakemake did not see to end:
    it deletes their files and starts them again.
    """
    unseen = set(incomplete_outputs())
    for run in RUNS.values():
        scores = f"{RESULTS}/{run.path}/scores.json"
        if os.path.exists(scores) and scores not in unseen:
            shutil.rmtree(f"{RESULTS}/{run.state_path}", ignore_errors=True)


def refuse_to_discard():
    """End Snakemake where it would train finished runs again that nobody asked it to repeat."""
    if workflow.touch:
        return
    names = [os.path.relpath(path) for path in workflow.configfiles]
    message = refusal(workflow.dag, [f"{RESULTS}/{path}" for path in RUNS], names[0] if names else "config.yaml")
    if message:
        print(f"snakemake: {message}", file=sys.stderr)
        sys.exit(EXIT_STATUS)


# Settings as parameters of rules: one text each, so that a change repeats exactly the jobs that read it, and
# `snakemake -n` names the setting with its old and new value.


def flat(settings, prefix=""):
    """Nested settings as `section.field` and value."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def as_params(names, settings_of):
    """A function of the wildcards for each of the names; Snakemake would look for wildcards in the texts themselves."""

    def setting(wildcards, name):
        settings = settings_of(wildcards)
        return f"{name}={json.dumps(settings[name], ensure_ascii=False)}" if name in settings else ""

    return [partial(setting, name=name) for name in names]


def run_params():
    """The seed of a run and every setting that decides its numbers, its parents' included; the rest stay empty."""
    settings = {path: {"seed": run.seed} | run.fields for path, run in RUNS.items()}
    names = ["seed", *dict(flat(TaskSettings().model_dump()))]
    return as_params(names, lambda wildcards: settings[RUN.format(**wildcards)])


def experiment_params():
    """Every setting of the experiment that decides a number: tables, figures and the page are quickly made anew."""
    settings = dict(flat(EXPERIMENT.model_dump(mode="json", exclude={"defaults", "execution"})))
    return as_params(settings, lambda wildcards: settings)


def dataset_settings(wildcards):
    return EXPERIMENT.datasets[wildcards.dataset].model_dump_json()


# Inputs.


def raw_files(wildcards):
    """The files of one's own that a data set is prepared from."""
    dataset = EXPERIMENT.datasets[wildcards.dataset]
    if dataset.kind == "iwslt14":
        return [dataset.archive] if dataset.archive else []
    if dataset.kind == "parallel":
        return [
            *dataset.train,
            *dataset.valid,
            *dataset.test,
            *(dataset.vocabularies or ()),
        ]
    if dataset.kind == "coco":
        # Nobody may hand these files out: where they are missing, preparation says so, and the other tasks go on.
        return [path for path in (*dataset.annotations, dataset.split) if os.path.exists(path)]
    if dataset.kind == "captions":
        return [*dataset.captions, dataset.train, dataset.valid, dataset.test]
    return []


def given_features(wildcards):
    """Features of one's own, where a data set of captioned images has them."""
    dataset = EXPERIMENT.datasets[wildcards.dataset]
    own = dataset.kind != "mini-captions" and dataset.features
    return [dataset.features, dataset.feature_ids] if own else []


def text_files(folder):
    """What the preparation of parallel text writes; all of it is training's or evaluation's input."""
    return [
        f"{folder}/statistics.json",
        *(f"{folder}/vocabulary.{side}.txt" for side in SIDES),
        *(f"{folder}/{split}.npz" for split in SPLITS),
        *(f"{folder}/{split}.{side}.txt" for split in ("valid", "test") for side in SIDES),
    ]


def caption_files(folder):
    """What the preparation of captioned images writes."""
    return [
        f"{folder}/statistics.json",
        f"{folder}/vocabulary.target.txt",
        f"{folder}/images.tsv",
        *(f"{folder}/{split}.npz" for split in SPLITS),
        *(f"{folder}/{split}.references.txt" for split in ("valid", "test")),
    ]


def feature_files(folder):
    """What becomes of the images themselves."""
    return [f"{folder}/features.{ending}" for ending in ("npy", "ids.txt", "json")]


def data_files(name):
    """All that training and evaluation read of a data set."""
    folder = f"{RESULTS}/data/{name}"
    if name in CAPTION_DATASETS:
        return [*caption_files(folder), *feature_files(folder)]
    return text_files(folder)


def test_references(name):
    """What the test set's hypotheses are scored by."""
    return f"{RESULTS}/data/{name}/test.{'references' if name in CAPTION_DATASETS else 'target'}.txt"


def dataset_of_run(wildcards):
    return data_files(EXPERIMENT.tasks[wildcards.task].dataset)


def parents_of_run(wildcards):
    """Models and scores of the runs that a run starts from; a diverged one is told by its scores."""
    parents = RUNS[RUN.format(**wildcards)].parents.values()
    return [f"{RESULTS}/{run.path}/{name}" for run in parents for name in ("model.safetensors", "scores.json")]


def scores_of(runs):
    """The scores of those of the runs that the experiment plans."""
    paths = dict.fromkeys(str(run.path) for run in runs)
    return [f"{RESULTS}/{path}/scores.json" for path in paths if path in RUNS]


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


# What a cluster should set aside for a run; a profile's `set-resources` overrides it. A retry alone asks for no more, for
# a run that was stopped by its time limit goes on where it was.
REQUESTS = JobRequests(EXPERIMENT, Path(RESULTS))


def minutes_of_run(wildcards):
    return REQUESTS.minutes(RUNS[RUN.format(**wildcards)])


def memory_of_run(wildcards):
    return REQUESTS.memory_mb(RUNS[RUN.format(**wildcards)])
