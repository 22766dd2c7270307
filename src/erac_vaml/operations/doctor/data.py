"""Raw files and prepared data."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import (
    CaptionedImages,
    CaptionsDataset,
    CocoDataset,
    Dataset,
    Iwslt14Dataset,
    MiniCaptionsDataset,
    ParallelDataset,
)
from erac_vaml.data.preparation import changed_settings
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.operations.doctor.finding import Finding


def check_raw_files(experiment: Experiment, config: Path, results: Path) -> Iterator[Finding]:
    """Yield, of every data set that a task uses, whether the files that it is made of can be read."""
    for name, dataset in _used(experiment).items():
        subject, prepared = f"raw data {name}", (results / "data" / name / "statistics.json").exists()
        wanted = raw_paths(dataset)
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
        if isinstance(dataset, CaptionedImages) and not (folder / "features.npy").exists():
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


def raw_paths(dataset: Dataset) -> list[str]:
    """Return the files and folders that a data set is prepared from."""
    if isinstance(dataset, Iwslt14Dataset):
        return [dataset.archive] if dataset.archive else []
    if isinstance(dataset, ParallelDataset):
        return [*dataset.train, *dataset.valid, *dataset.test, *(dataset.vocabularies or ())]
    if isinstance(dataset, CocoDataset | CaptionsDataset):
        given = [dataset.features, dataset.feature_ids] if dataset.features else [dataset.images]
        own = [*dataset.annotations, dataset.split] if isinstance(dataset, CocoDataset) else []
        if isinstance(dataset, CaptionsDataset):
            own = [*dataset.captions, dataset.train, dataset.valid, dataset.test]
        return [*own, *filter(None, given)]
    assert isinstance(dataset, MiniCaptionsDataset) or dataset.kind == "mini"
    return []


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
