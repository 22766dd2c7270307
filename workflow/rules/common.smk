"""Names, paths and inputs that the rules share. EXPERIMENT and RUNS are those of workflow/Snakefile."""

import re

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
    """Files of the runs that a run starts from: the scores say whether one diverged, the manifest that all is whole."""
    files = ("model.safetensors", "scores.json", "manifest.json")
    return [f"{RESULTS}/{run.path}/{file}" for run in run_of(wildcards).parents.values() for file in files]


def scores_of(runs):
    """The scores of those of the runs that the experiment plans."""
    paths = dict.fromkeys(str(run.path) for run in runs)
    return [f"{RESULTS}/{path}/scores.json" for path in paths if path in RUNS]


def files_of(inputs):
    """Files that something is made of."""
    return [f"{RESULTS}/{path}" for path in inputs.paths]


def table_files(name):
    return multiext(f"{RESULTS}/tables/{name}", ".csv", ".md", ".tex", ".html")


def figure_files(name):
    return multiext(f"{RESULTS}/figures/{name}", ".pdf", ".png", ".csv")
