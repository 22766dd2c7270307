"""Declare the inputs of a table, a figure, the verdict or the page, for the workflow's rules and for the commands.

Every start of Snakemake loads the modules that declare inputs, so they import nothing heavy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import PurePosixPath
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data.preparation import STATISTICS
from erac_vaml.files import sha256_of
from erac_vaml.plan import Run
from erac_vaml.reporting.labels import task_label
from erac_vaml.runs.manifest import MANIFEST
from erac_vaml.runs.scores import SCORES_FILE


@dataclass(frozen=True)
class Inputs:
    """The files and settings that a result depends on, as few as possible: if one changes, the result is made again."""

    runs: tuple[Run, ...] = ()
    """Runs whose scores.json is read. A result that reads all runs has scores.csv among its files instead."""
    files: tuple[PurePosixPath, ...] = ()
    """Other files, below results/{experiment}/."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the result shows, by their names in the configuration."""

    @property
    def paths(self) -> list[str]:
        """All files below results/{experiment}/, and the records of digests that they are compared with."""
        files = [*(run.path / SCORES_FILE for run in self.runs), *self.files]
        records = {"runs": MANIFEST, "data": STATISTICS}
        compared = (file.parent / records[file.parts[0]] for file in files if file.parts[0] in records)
        return list(dict.fromkeys(map(str, (*files, *compared))))

    @property
    def declaration(self) -> dict[str, Any]:
        """The settings, and a digest of the list of files. If it changes, the result is made again."""
        return {"files": sha256_of("\n".join(self.paths).encode())[:12], **self.settings}


def shown_settings(experiment: Experiment, tasks: Iterable[str], *fields: str) -> dict[str, Any]:
    """Return the settings of tasks that a caption shows (heading, data, place in the paper), and further fields.

    Args:
        experiment: the experiment.
        tasks: names of the tasks.
        fields: further `section.field` of each task.
    """
    shown: dict[str, Any] = {"tasks": list(tasks)}
    for name in shown["tasks"]:
        task = experiment.tasks[name]
        shown |= {
            f"tasks.{name}.label": task_label(experiment, name),
            f"tasks.{name}.paper_setting": task.paper_setting,
            f"tasks.{name}.dataset": task.dataset,
            f"datasets.{task.dataset}.kind": experiment.datasets[task.dataset].kind,
        }
        shown |= {f"tasks.{name}.{setting}": attrgetter(setting)(task) for setting in fields}
    return shown


def data_folder(experiment: Experiment, task: str) -> PurePosixPath:
    """Return the folder of a task's prepared data below results/{experiment}/."""
    return PurePosixPath("data", experiment.tasks[task].dataset)


def references_file(experiment: Experiment, task: str) -> PurePosixPath:
    """Return the file below results/{experiment}/ with the references of the test set."""
    return data_folder(experiment, task) / experiment.datasets[experiment.tasks[task].dataset].references_file


def bounds_file(experiment: Experiment, task: str) -> PurePosixPath | None:
    """Return the file below results/{experiment}/ with the scores that a mini language allows; None for other data."""
    dataset = experiment.datasets[experiment.tasks[task].dataset]
    return data_folder(experiment, task) / dataset.bounds_file if isinstance(dataset, MiniDataset) else None


def grid_settings(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return the settings of an ablation grid that its table and its figure show."""
    grid = experiment.ablations[name]
    return {
        f"ablations.{name}.algorithm": grid.algorithm,
        f"ablations.{name}.metric": grid.metric,
        # As a list, because the order of the fields decides which one makes the rows.
        f"ablations.{name}.vary": [[field, list(values)] for field, values in grid.vary.items()],
        **shown_settings(experiment, [grid.task]),
    }
