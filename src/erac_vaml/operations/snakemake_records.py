"""What Snakemake has noted down of its jobs, below `.snakemake` in the folder where it was started."""

import ast
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Any

from erac_vaml.files import try_json

FOLDER = Path(".snakemake")
_LONGEST_NAME = 254
"""Characters of a file's name; longer ones are cut into folders."""


def dataset_settings_when_prepared(folder: Path) -> dict[str, Any] | None:
    """Return the settings with which the workflow prepared a data set, or None where it did not.

    Args:
        folder: of the prepared data set, as the workflow names it.
    """
    name = _encoded(f"{folder}/statistics.json")
    record = try_json(FOLDER / "metadata" / name) if len(name) <= _LONGEST_NAME else None
    for text in (record or {}).get("params") or []:
        try:
            settings = json.loads(ast.literal_eval(text))
        except (ValueError, SyntaxError, TypeError):
            continue
        if isinstance(settings, dict) and "kind" in settings:
            return settings
    return None


def incomplete_outputs() -> list[str]:
    """Return the files of jobs that began and were never seen to end."""
    paths = (FOLDER / "incomplete").rglob("*")
    return sorted(filter(None, (_decoded(path) for path in paths if path.is_file())))


def has_locks() -> bool:
    """Return whether a workflow has locked the folder, or one that was killed left its lock behind."""
    return any((FOLDER / "locks").glob("*.lock"))


def _encoded(output: str) -> str:
    return urlsafe_b64encode(output.encode()).decode()


def _decoded(path: Path) -> str | None:
    """Return the file of which a marker tells; None where it is no marker."""
    parts = path.relative_to(FOLDER / "incomplete").parts
    try:
        return urlsafe_b64decode("".join(part.removeprefix("@") for part in parts)).decode()
    except ValueError:
        return None
