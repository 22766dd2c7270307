"""Names, paths and inputs that the rules share. EXPERIMENT, PLAN and RUNS are those of workflow/Snakefile."""

import re

CONFIG = f"{RESULTS}/config.yaml"
RUN = "runs/{task}/{algorithm}/{run}"


def one_of(names):
    """Return a wildcard constraint that matches only these names."""
    return "|".join(map(re.escape, names)) or "(?!)"


def algorithms_of(stage):
    """Return a wildcard constraint that matches the folders of a stage's algorithms, each with any settings.

    It does not list the settings: with those of a large grid, matching took a quarter of the time to plan the jobs.
    """
    names = dict.fromkeys(run.algorithm.partition("@")[0] for run in RUNS.values() if run.stage == stage)
    return rf"(?:{one_of(names)})(?:@[^/]*)?"


def run_of(wildcards):
    with faults_as_messages():
        return PLAN.run(RUN.format(**wildcards))


def data_of(task):
    """Return the files of a task's data set that training and evaluation read."""
    name = EXPERIMENT.tasks[task].dataset
    dataset = EXPERIMENT.datasets[name]
    return [f"{RESULTS}/data/{name}/{file}" for file in (*dataset.prepared_files, *dataset.feature_files)]


def parents_of_run(wildcards):
    """Return files of the runs that a run starts from: the scores say whether one diverged, the manifest has digests."""
    files = ("model.safetensors", "scores.json", "manifest.json")
    return [f"{RESULTS}/{run.path}/{file}" for run in run_of(wildcards).parents.values() for file in files]


def scores_of(runs):
    """Return the scores files of runs, without runs that the experiment does not plan."""
    paths = dict.fromkeys(str(run.path) for run in runs)
    return [f"{RESULTS}/{path}/scores.json" for path in paths if path in RUNS]


def files_of(inputs):
    """Return the files that some declared inputs name."""
    return [f"{RESULTS}/{path}" for path in inputs.paths]


def table_files(name):
    return multiext(f"{RESULTS}/tables/{name}", ".csv", ".md", ".tex", ".html")


def figure_files(name):
    return multiext(f"{RESULTS}/figures/{name}", ".pdf", ".png", ".csv")
