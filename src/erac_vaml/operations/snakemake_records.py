"""What Snakemake has noted down of its jobs, below `.snakemake` in the folder where it was started."""

from base64 import urlsafe_b64decode
from pathlib import Path

FOLDER = Path(".snakemake")


def incomplete_outputs() -> list[str]:
    """Return the files of jobs that began and were never seen to end."""
    paths = (FOLDER / "incomplete").rglob("*")
    return sorted(filter(None, (_decoded(path) for path in paths if path.is_file())))


def has_locks() -> bool:
    """Return whether a workflow has locked the folder, or one that was killed left its lock behind."""
    return any((FOLDER / "locks").glob("*.lock"))


def _decoded(path: Path) -> str | None:
    """Return the file of which a marker tells; None where it is no marker."""
    parts = path.relative_to(FOLDER / "incomplete").parts
    try:
        return urlsafe_b64decode("".join(part.removeprefix("@") for part in parts)).decode()
    except ValueError:
        return None
