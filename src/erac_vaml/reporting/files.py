"""Writing whole files: a failure on the way leaves the earlier file as it was."""

import os
from pathlib import Path


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file at once; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def write_text(path: Path, text: str) -> None:
    """Replace a UTF-8 text file at once; lines end in a line feed everywhere."""
    write_bytes(path, text.encode("utf-8"))
