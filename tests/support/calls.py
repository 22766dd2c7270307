"""Calls of the real workflow, and the plan that a dry run prints."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import yaml
from processes import run
from warm import snakemake_command

from erac_vaml.config.experiment import Algorithm

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"
CONFIGURE = "Writing the configuration, every setting filled in"
_SETTINGS = "Writing the settings of "
_SHOWN = "Writing the settings shown by "
_TARGETS = {
    *("all", "data", "ablations", "report", "figure1", "differences"),
    *(f"table{number}" for number in range(1, 8)),
    *(algorithm.replace("-", "_") for algorithm in get_args(Algorithm)),
}


def snakemake(directory, *arguments, configuration=TINY):
    """Call Snakemake on the repository's Snakefile in a folder; return the finished process with its output as text."""
    command = [*snakemake_command(), "--snakefile", ROOT / "Snakefile", "--directory", directory]
    command += ["--configfile", configuration, "--cores", "2", *arguments]
    return run(command, cwd=directory)


def changed(path, *changes):
    """Write the tiny configuration with changes, each a function that edits its mapping; return the path."""
    configuration = yaml.safe_load(TINY.read_text(encoding="utf-8"))
    for change in changes:
        change(configuration)
    path.write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")
    return path


def add_captioning(configuration):
    """Add a small captioning task and its part of Figure 1 to the mapping of a configuration."""
    images = {"train_images": 20, "valid_images": 5, "test_images": 14}
    configuration["datasets"]["scenes"] = {"kind": "mini-captions", **images}
    task = {"dataset": "scenes", "label": "Scenes", "paper_setting": "captioning", "algorithms": ["mle", "erac"]}
    configuration["tasks"]["captioning"] = task
    grid = {"task": "captioning", "metric": "test_bleu", "vary": {"actor_critic.tau": [0.0, 0.01]}}
    configuration["ablations"]["figure1-captioning"] = grid


@dataclass(frozen=True)
class Plan:
    """What a dry run would do."""

    counts: dict[str, int]
    """Number of jobs by rule, without targets."""
    jobs: set[str]
    """Messages of the jobs, without targets."""
    text: str = field(compare=False)
    """All that Snakemake printed."""

    @property
    def trained(self):
        """The runs that would be trained, as task/algorithm/run."""
        return {job.removeprefix("Training ") for job in self.jobs if job.startswith("Training ")}

    @property
    def settings(self):
        """The runs, as task/algorithm/run, and data sets, as `data set NAME`, whose settings would be written."""
        return {job.removeprefix(_SETTINGS) for job in self.jobs if job.startswith(_SETTINGS)}

    @property
    def others(self):
        """The messages of all other jobs, without those that write settings."""
        return {job for job in self.jobs if not job.startswith(("Training ", _SETTINGS, _SHOWN))}


def plan(directory, *arguments, configuration=TINY):
    """Return what Snakemake would do."""
    done = snakemake(directory, "--dry-run", *arguments, configuration=configuration)
    assert done.returncode == 0, done.stdout + done.stderr
    text = done.stdout + done.stderr
    statistics = text.rpartition("Job stats:")[2].partition("total")[0]
    counts = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", statistics, re.MULTILINE)}
    return Plan(
        {name: count for name, count in counts.items() if name not in _TARGETS},
        set(re.findall(r"^Job \d+: (?!All results)(.+)$", text, re.MULTILINE)),
        text,
    )
