"""Record what a preparation wrote, and check it when it is read: names, sizes and SHA-256 of its files.

`statistics.json` has the digests of what `erac-vaml prepare` writes, `features.json` those of what `erac-vaml features`
writes. Each is written last, so that its presence says that the files it lists are whole. Only listed files count:
anything else in the folder changes nothing.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from erac_vaml.config.datasets import Dataset
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.files import FileDigest, changes, read_json, replacing, try_json, write_json

STATISTICS, FEATURES = "statistics.json", "features.json"
PREPARE_AGAIN = "prepare the data set again"
"""How to fix a file of a preparation that is damaged, or belongs to another one than the rest."""
_FEATURES_AGAIN = "make the features again"


def begin_preparation(directory: Path) -> None:
    """Make the folder and delete the old statistics: until the new ones are there, no files belong together."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / STATISTICS).unlink(missing_ok=True)


def end_preparation(directory: Path, dataset: Dataset, statistics: dict[str, Any]) -> None:
    """Write `statistics.json`: counts, settings, and the digests of the files that were written.

    Args:
        directory: folder of the prepared data set.
        dataset: its settings.
        statistics: what was counted.
    """
    files = record_of(directory, (name for name in dataset.prepared_files if name != STATISTICS))
    write_json(directory / STATISTICS, statistics | {"settings": dataset.model_dump(mode="json"), "files": files})


def record_of(directory: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the digests of some files of a folder as JSON has them."""
    return {name: FileDigest.of(directory / name).as_json() for name in names}


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays to a file of numpy (.npz)."""
    # numpy would add its own ending to the temporary name; not so to an open file.
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy's stub takes a keyword for `allow_pickle`.


def changed_settings(directory: Path, dataset: Dataset) -> list[str]:
    """Return in what the settings differ from those that a data set was prepared with, "name was x, is y" each.

    Nothing where it is not prepared, or its record is damaged.
    """
    statistics = try_json(directory / STATISTICS)
    was = statistics.get("settings") if isinstance(statistics, dict) else None
    return changes(was, dataset.model_dump(mode="json")) if isinstance(was, dict) else []


def refuse_other_settings(directory: Path, dataset: Dataset) -> None:
    """Check that a data set was prepared with these settings.

    Raises:
        UserError: it was prepared with others.
    """
    found = changed_settings(directory, dataset)
    if found:
        raise UserError(f"{directory}: was prepared with other settings, {found[0]}; {PREPARE_AGAIN}")


def check_files(directory: Path) -> dict[str, str]:
    """Compare all files of a prepared data set with their digests; return the SHA-256 of each by its name.

    Raises:
        UserError: one is missing, was changed or cannot be read; or the record of them is missing or damaged.
    """
    files = _recorded(directory, STATISTICS)
    if "images.tsv" in files:
        files |= _recorded(directory, FEATURES)
    for name, digest in files.items():
        _check(directory / name, digest)
    return {name: digest.sha256 for name, digest in sorted(files.items())}


def prepared_file(directory: Path, name: str) -> Path:
    """Return the path of one file of a prepared data set, compared with its digest.

    Raises:
        UserError: it is missing, was changed or cannot be read; or the record of it is missing or damaged.
    """
    record = FEATURES if name.startswith("features.") else STATISTICS
    files = _recorded(directory, record)
    if name not in files:
        raise UserError(f"{directory / record}: does not list {name}; {_again(name)}")
    _check(directory / name, files[name])
    return directory / name


def _recorded(directory: Path, record: str) -> dict[str, FileDigest]:
    """Return the digests that a record lists."""
    path, again = directory / record, _again(record)
    try:
        files = read_json(path)["files"]
        return {str(name): FileDigest.from_json(digest) for name, digest in files.items()}
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; {again}") from None
    except OSError as error:
        raise UnreadableError(path, error) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: damaged, or without digests as older versions wrote it; {again}") from None


def _check(path: Path, digest: FileDigest) -> None:
    try:
        fault = digest.fault(path)
    except OSError as error:
        raise UnreadableError(path, error) from None
    if fault:
        raise UserError(f"{path}: {fault}; {_again(path.name)}")


def _again(name: str) -> str:
    return _FEATURES_AGAIN if name.startswith("features.") else PREPARE_AGAIN
