"""Check raw files and prepared data."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import Dataset, Iwslt14Dataset
from erac_vaml.data.preparation import changed_settings
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.operations.doctor.finding import Finding


def check_raw_files(experiment: Experiment, config: Path, results: Path) -> Iterator[Finding]:
    """Yield, of every data set that a task uses, whether the files that it is made of can be read."""
    for name, dataset in _used(experiment).items():
        subject, prepared = f"raw data {name}", (results / "data" / name / "statistics.json").exists()
        wanted = [*dataset.raw_files, *dataset.image_sources]
        faults = [fault for path in wanted if (fault := _fault(Path(path)))]
        if faults and prepared:
            yield Finding("note", subject, f"{faults[0]}; needed no more, the data set is prepared")
        elif faults:
            more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
            yield Finding(
                "problem", subject, f"{faults[0]}{more}: put it there, or correct datasets.{name} in {config}"
            )
        elif isinstance(dataset, Iwslt14Dataset) and not dataset.archive and not prepared:
            yield Finding("note", subject, f"will be downloaded from {dataset.url}; or give datasets.{name}.archive")
        else:
            yield Finding("ok", subject, f"{len(wanted)} files can be read" if wanted else "none needed")


def check_prepared_data(experiment: Experiment, config: Path, results: Path) -> Iterator[Finding]:
    """Yield, of every data set that a task uses, whether what was prepared is whole and of the current settings."""
    from erac_vaml.data.prepared import load_prepared

    for name, dataset in _used(experiment).items():
        subject, folder = f"data {name}", results / "data" / name
        again = f"erac-vaml prepare --dataset {name} --config {shlex.quote(str(config))}"
        if not (folder / "statistics.json").exists():
            yield Finding("note", subject, "not prepared yet; the workflow does it")
            continue
        changes = changed_settings(folder, dataset)
        if changes:
            yield Finding("note", subject, f"the workflow will prepare it anew: {changes[0]}")
            continue
        if not all((folder / file).exists() for file in dataset.feature_files):
            yield Finding("note", subject, "prepared; its images have no features yet, the workflow makes them")
            continue
        try:
            data = load_prepared(folder)
        except UnreadableError as error:
            yield Finding("problem", subject, str(error))
        except UserError as error:
            of_features = "features" in str(error)
            yield Finding(
                "problem", subject, str(error), again.replace("prepare", "features") if of_features else again
            )
        else:
            counts = " / ".join(f"{len(split):,}" for split in (data.train, data.valid, data.test))
            yield Finding("ok", subject, f"whole: {counts} pairs")


def _used(experiment: Experiment) -> dict[str, Dataset]:
    used = {task.dataset for task in experiment.tasks.values()}
    return {name: dataset for name, dataset in experiment.datasets.items() if name in used}


def _fault(path: Path) -> str | None:
    """Return what is wrong with a file or folder, or None."""
    if not path.exists():
        return f"{path} is not there"
    if not os.access(path, os.R_OK):
        return f"{path} may not be read"
    if path.is_file() and path.stat().st_size == 0:
        return f"{path} is empty"
    return None
