"""Calls of the real workflow, and what a dry run plans."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import yaml
from processes import run

from erac_vaml.config.experiment import Algorithm

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"
CONFIGURE = "Writing the configuration, every setting filled in"
_SETTINGS = "Writing the settings of "
_SHOWN = "Writing the settings shown by "
_TARGETS = {
    *("all", "ablations", "report", "figure1", "differences"),
    *(f"table{number}" for number in range(1, 8)),
    *(algorithm.replace("-", "_") for algorithm in get_args(Algorithm)),
}


def snakemake(directory, *arguments, configuration=TINY):
    """Call Snakemake on the repository's Snakefile in a folder of its own; the output is text."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", directory]
    command += ["--configfile", configuration, "--cores", "2", *arguments]
    return run(command, cwd=directory)


def changed(path, change):
    """Write the tiny configuration with a change made by a function of its mapping; return the path."""
    configuration = yaml.safe_load(TINY.read_text(encoding="utf-8"))
    change(configuration)
    path.write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Plan:
    """What a dry run would do."""

    counts: dict[str, int]
    """Rule to jobs, targets aside."""
    jobs: set[str]
    """Messages of the jobs, targets aside."""

    @property
    def trained(self):
        """The runs that would be trained, as task/algorithm/run."""
        return {job.removeprefix("Training ") for job in self.jobs if job.startswith("Training ")}

    @property
    def settings(self):
        """The runs and data sets of which the settings would be written, data sets as `data set NAME`."""
        return {job.removeprefix(_SETTINGS) for job in self.jobs if job.startswith(_SETTINGS)}

    @property
    def others(self):
        """Everything else that would be done."""
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
    )
