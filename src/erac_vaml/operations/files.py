"""Small files that may be missing or damaged, and their checksums."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any


def read_json(path: Path) -> Any:
    """Return what a file of JSON holds; None where it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def sha256(path: Path) -> str | None:
    """Return a file's SHA-256 in hexadecimal; None where it cannot be read."""
    try:
        found = path.stat()
        return _sha256(path, found.st_size, found.st_mtime_ns)
    except OSError:
        return None


@cache
def _sha256(path: Path, size: int, changed: int) -> str:
    """Hash a file once while it stays as it is: many runs start from the same ones."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
