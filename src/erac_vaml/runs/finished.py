"""Finished runs that need not be trained again: another process has just done it, or the workflow lost their files.

Snakemake deletes the files of a run that it has not seen to end, and starts it again: of one that outlived a killed
workflow, and, where several runs are one job of a cluster and one of them stops, of all of them. So the workflow's runs
keep their files in their state folders, too, as links, which take no room; the workflow's next start, where it knows
the run to have ended, and its good end clear them.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from erac_vaml.errors import UserError
from erac_vaml.runs.files import read_scores
from erac_vaml.runs.provenance import identity_of

_KEPT = "finished"


def finished_already(directory: Path, state: Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    """Return a run's scores where its files are there, or kept in its state folder and put back; else None.

    Args:
        directory: where its files belong.
        state: its state folder.
        identity: what the run would be made of now (`provenance.identity_of`).
    """
    scores = _scores_of(directory, identity)
    if scores is None:
        scores = _scores_of(state / _KEPT, identity)
        if scores is not None:
            (directory / "scores.json").unlink(missing_ok=True)
            _link_all(state / _KEPT, directory)
    return scores


def forget(state: Path) -> None:
    """Delete a finished run's state."""
    shutil.rmtree(state)


def forget_all_but_files(state: Path, directory: Path) -> None:
    """Keep a finished run's files in its state folder, and delete what else is there."""
    temporary = state / "finished.tmp"
    _link_all(directory, temporary)
    shutil.rmtree(state / _KEPT, ignore_errors=True)
    temporary.rename(state / _KEPT)
    for path in state.iterdir():
        if path.name != _KEPT:
            path.unlink()


def _scores_of(directory: Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    try:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        return read_scores(directory) if identity_of(manifest) == identity else None
    except (OSError, ValueError, KeyError, UserError):
        return None


def _link_all(source: Path, target: Path) -> None:
    """Link all files of a folder into another, the scores last, newer than anything that they were made of."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir(), key=lambda path: path.name == "scores.json"):
        there = target / path.name
        there.unlink(missing_ok=True)
        try:
            os.link(path, there)
        except OSError:  # A file system without links.
            shutil.copyfile(path, there)
        os.utime(there)
