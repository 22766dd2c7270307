"""Check raw files and prepared data."""

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import SPLITS, Iwslt14Dataset, ParallelDataset
from erac_vaml.config.published import IWSLT14
from erac_vaml.data.corpus import count_pairs
from erac_vaml.data.preparation import FEATURES, changed_settings, is_prepared
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.files import sha256, try_json
from erac_vaml.operations.doctor.finding import Finding
from erac_vaml.operations.downloads import pending_downloads
from erac_vaml.operations.wording import config_options, size


def check_raw_files(experiment: Experiment, files: Sequence[Path], results: Path) -> Iterator[Finding]:
    """Yield for every data set that a task uses whether its raw files can be read, and where an archive comes from."""
    pending = pending_downloads(experiment, results)
    for name, dataset in experiment.used_datasets.items():
        subject, prepared = f"raw data {name}", is_prepared(results / "data" / name)
        wanted = [*dataset.raw_files, *dataset.image_sources]
        if name in pending:
            parts = ", ".join(f"{file.name} ({size(file.size)})" for file in pending[name])
            yield Finding("note", subject, f"will be downloaded: {parts}")
            continue
        faults = [fault for path in wanted if (fault := _fault(Path(path)))]
        if not faults and not prepared and isinstance(dataset, ParallelDataset):
            faults = _unequal_sides(dataset)
        if faults and prepared:
            yield Finding("note", subject, f"{faults[0]}; no longer needed, the data set is prepared")
        elif faults:
            more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
            text = f"{faults[0]}{more}; correct the file, or datasets.{name} in {' + '.join(map(str, files))}"
            yield Finding("problem", subject, text)
        else:
            yield Finding("ok", subject, f"{len(wanted)} files can be read" if wanted else "none needed")
            if isinstance(dataset, Iwslt14Dataset):
                yield from _whose_archive(subject, Path(dataset.archive or results / "data" / name / IWSLT14.name))


def check_prepared_data(experiment: Experiment, files: Sequence[Path], results: Path) -> Iterator[Finding]:
    """Yield for every data set that a task uses whether its prepared data are complete and match the settings."""
    from erac_vaml.data.prepared import load_prepared

    for name, dataset in experiment.used_datasets.items():
        subject, folder = f"data {name}", results / "data" / name
        if not is_prepared(folder):
            yield Finding("note", subject, "not prepared yet; the workflow will do it")
            continue
        changes = changed_settings(folder, dataset)
        if changes:
            yield Finding("note", subject, f"the workflow will prepare it again: {changes[0]}")
            continue
        if not all((folder / file).exists() for file in dataset.feature_files):
            yield Finding("note", subject, "prepared; its images have no features yet, the workflow will make them")
            continue
        try:
            data = load_prepared(folder)
        except UnreadableError as error:
            yield Finding("problem", subject, str(error))
        except UserError as error:
            command = "features" if "features" in str(error) else "prepare"
            call = f"erac-vaml {command} --dataset {name} {config_options(files)}"
            if results != experiment.results:
                call += f" --output {shlex.quote(str(folder))}"
            yield Finding("problem", subject, str(error), call)
        else:
            counts = " / ".join(f"{len(split):,}" for split in (data.train, data.valid, data.test))
            yield Finding("ok", subject, f"complete: {counts} pairs{_whose_features(folder)}")


def _whose_archive(subject: str, archive: Path) -> Iterator[Finding]:
    """Yield whether an archive is the official one, which fairseq has copied."""
    if not archive.exists():
        return
    fault = IWSLT14.fault(archive)
    if fault is None:
        yield Finding("ok", subject, f"{archive} is fairseq's copy of the official archive, by size and checksum")
    else:
        known = (
            "it has the official archive's size" if archive.stat().st_size == IWSLT14.size else "its origin is unknown"
        )
        text = f"{archive} {fault}; {known}, sha256 {sha256(archive)}: compare the counts after preparation"
        yield Finding("note", subject, text)


def _whose_features(folder: Path) -> str:
    """Return which network and weights the features come from, in words; "" for text."""
    match try_json(folder / FEATURES):
        case {"network": network, "weights": {"name": name, "tag": tag}}:
            return f"; features: {network}, {name} {tag or ''}".rstrip()
    return ""


def _unequal_sides(dataset: ParallelDataset) -> list[str]:
    """Return what is wrong with the splits whose sides have different numbers of lines, or cannot be decoded."""
    faults = []
    for split in SPLITS:
        source, target = getattr(dataset, split)
        try:
            count_pairs(Path(source), Path(target))
        except UserError as error:
            faults.append(str(error))
    return faults


def _fault(path: Path) -> str | None:
    """Return what is wrong with a file or folder, or None."""
    if not path.exists():
        return f"{path} is missing"
    if not os.access(path, os.R_OK):
        return f"{path} cannot be read"
    if path.is_file() and path.stat().st_size == 0:
        return f"{path} is empty"
    return None
