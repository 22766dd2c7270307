"""Record the names, sizes and SHA-256 of prepared files, and check them before they are read.

`statistics.json` has the digests of what `erac-vaml prepare` writes, `features.json` those of what `erac-vaml features`
writes. Each is written last: if it exists, the files that it lists are complete. Other files in the folder have no
effect.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from erac_vaml.config.datasets import Dataset
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.files import FileDigest, changes, read_json, replacing, try_json, write_json

STATISTICS, FEATURES = "statistics.json", "features.json"
PREPARE_AGAIN = "prepare the data set again"
"""How to fix a prepared file that is damaged or belongs to another preparation."""
_FEATURES_AGAIN = "make the features again"


def is_prepared(directory: Path) -> bool:
    """Return whether a folder has a prepared data set. Image features may still be missing."""
    return (directory / STATISTICS).exists()


def begin_preparation(directory: Path) -> None:
    """Create the folder and delete the old statistics: the files belong together only when the new ones exist."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / STATISTICS).unlink(missing_ok=True)


def end_preparation(directory: Path, dataset: Dataset, statistics: dict[str, Any]) -> None:
    """Write `statistics.json`: the counts, the settings, and the digests of the other prepared files."""
    files = record_of(directory, (name for name in dataset.prepared_files if name != STATISTICS))
    write_json(directory / STATISTICS, statistics | {"settings": dataset.model_dump(mode="json"), "files": files})


def differences_from_known(
    known: Mapping[str, int], found: Mapping[str, int], corpus: str
) -> dict[str, dict[str, int]]:
    """Return the counts of a corpus that differ from the known ones, {"known": n, "found": m} each; warn of each."""
    differences = {
        name: {"known": count, "found": found[name]} for name, count in known.items() if found[name] != count
    }
    for name, counts in differences.items():
        print(f"warning: {name}: {counts['found']:,}, known are {counts['known']:,} ({corpus})", file=sys.stderr)
    return differences


def record_of(directory: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the digests of files in a folder, as JSON objects by name."""
    return {name: FileDigest.of(directory / name).as_json() for name in names}


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays to a NumPy archive (.npz)."""
    # An open file, because NumPy would add its own ending to the temporary name.
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy's stub takes a keyword for `allow_pickle`.


def changed_settings(directory: Path, dataset: Dataset) -> list[str]:
    """Return how the settings differ from those of the preparation, "name was x, is y" each.

    Nothing is returned if the data set is not prepared or its record is damaged.
    """
    statistics = try_json(directory / STATISTICS)
    was = statistics.get("settings") if isinstance(statistics, dict) else None
    return changes(was, dataset.model_dump(mode="json")) if isinstance(was, dict) else []


def refuse_other_settings(directory: Path, dataset: Dataset) -> None:
    """Check that a data set was prepared with these settings.

    Raises:
        UserError: it was prepared with other settings.
    """
    found = changed_settings(directory, dataset)
    if found:
        raise UserError(f"{directory}: was prepared with other settings, {found[0]}; {PREPARE_AGAIN}")


def check_files(directory: Path) -> dict[str, str]:
    """Compare all files of a prepared data set with their digests; return their SHA-256 by name.

    Raises:
        UserError: a file is missing, changed or unreadable, or the record of the digests is missing or damaged.
    """
    files = _recorded(directory, STATISTICS)
    if "images.tsv" in files:
        files |= _recorded(directory, FEATURES)
    for name, digest in files.items():
        digest.check(directory / name, _again(name))
    return {name: digest.sha256 for name, digest in sorted(files.items())}


def prepared_file(directory: Path, name: str) -> Path:
    """Return the path of one prepared file after it is compared with its digest.

    Raises:
        UserError: the file is missing, changed or unreadable, or the record of its digest is missing or damaged.
    """
    record = FEATURES if name.startswith("features.") else STATISTICS
    files = _recorded(directory, record)
    if name not in files:
        raise UserError(f"{directory / record}: does not list {name}; {_again(name)}")
    files[name].check(directory / name, _again(name))
    return directory / name


def _recorded(directory: Path, record: str) -> dict[str, FileDigest]:
    """Return the digests in a record, by file name."""
    path, again = directory / record, _again(record)
    try:
        files = read_json(path)["files"]
        return {str(name): FileDigest.from_json(digest) for name, digest in files.items()}
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; {again}") from None
    except OSError as error:
        raise UnreadableError(path, error) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: damaged, or written by an older version without digests; {again}") from None


def _again(name: str) -> str:
    return _FEATURES_AGAIN if name.startswith("features.") else PREPARE_AGAIN
