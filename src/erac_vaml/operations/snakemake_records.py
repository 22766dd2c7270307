"""Read what Snakemake has recorded about its jobs, below `.snakemake` in the folder where it was started."""

from base64 import urlsafe_b64decode
from pathlib import Path

from erac_vaml.files import try_json
from erac_vaml.runs.scores import SCORES_FILE

FOLDER = Path(".snakemake")


def incomplete_outputs() -> list[str]:
    """Return the outputs of jobs that began and that Snakemake did not see end."""
    paths = (FOLDER / "incomplete").rglob("*")
    return sorted(filter(None, (_decoded(path) for path in paths if path.is_file())))


def has_locks() -> bool:
    """Return whether a workflow has locked the folder. A killed workflow leaves its lock behind."""
    return any((FOLDER / "locks").glob("*.lock"))


def has_whole_scores(folder: Path) -> bool:
    """Return whether a run has ended and its scores are whole. After a killed job the file may hold anything."""
    scores = try_json(folder / SCORES_FILE)
    return isinstance(scores, dict) and scores.get("status") in ("finished", "diverged")


def _decoded(path: Path) -> str | None:
    """Return the output that a marker stands for; None if the file is no marker."""
    parts = path.relative_to(FOLDER / "incomplete").parts
    try:
        return urlsafe_b64decode("".join(part.removeprefix("@") for part in parts)).decode()
    except ValueError:
        return None
