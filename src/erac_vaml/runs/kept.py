"""Keep a second copy of a finished run's files, and restore them after the workflow has deleted them.

Snakemake deletes the files of a run whose end it has not seen, and starts the run again. This happens to a run that
outlived a killed workflow, and to all runs of a cluster's job when one of them stops. Therefore the workflow's runs
also keep their files in their state folders, as hard links, which take no space. The workflow deletes them when it
succeeds, or at its next start once it knows that the run has ended.
"""

import os
import shutil
from pathlib import Path

from erac_vaml.errors import UserError
from erac_vaml.runs.manifest import MANIFEST, Manifest, Origin, read_manifest
from erac_vaml.runs.scores import SCORES_FILE, check_run

_KEPT = "finished"


def put_back(folder: Path, state: Path, origin: Origin) -> None:
    """Restore a run's files from its state folder, if a complete copy of the same origin is there.

    Args:
        folder: the run's folder.
        state: the run's state folder.
        origin: the origin that the run would have now.
    """
    manifest = None if _whole(folder, origin) else _whole(state / _KEPT, origin)
    if manifest is not None:
        (folder / SCORES_FILE).unlink(missing_ok=True)
        _link_all(state / _KEPT, folder, manifest)


def is_kept(state: Path) -> bool:
    """Return whether a run's files are kept in its state folder."""
    return (state / _KEPT / SCORES_FILE).exists()


def forget_all_but_files(state: Path, folder: Path) -> None:
    """Keep a finished run's files in its state folder, and delete everything else there."""
    temporary = state / f"{_KEPT}.tmp"
    try:
        _link_all(folder, temporary, read_manifest(folder))
    except BaseException:  # The disk is full, for example.
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    shutil.rmtree(state / _KEPT, ignore_errors=True)
    temporary.rename(state / _KEPT)
    for path in state.iterdir():
        if path.is_dir() and path.name != _KEPT:
            shutil.rmtree(path)
        elif path.name != _KEPT:
            path.unlink()


def _whole(folder: Path, origin: Origin) -> Manifest | None:
    """Return the manifest of a finished run of this origin whose files are all unchanged; otherwise None."""
    try:
        manifest = read_manifest(folder, origin.run)
        if manifest.identity == origin.identity:
            check_run(folder, manifest)
            return manifest
    except UserError:
        pass
    return None


def _link_all(source: Path, target: Path, manifest: Manifest) -> None:
    """Link a run's files into another folder, the scores last; touch them, so that they are newer than their inputs."""
    target.mkdir(parents=True, exist_ok=True)
    for name in sorted([*manifest.files, MANIFEST], key=lambda name: name == SCORES_FILE):
        there = target / name
        there.unlink(missing_ok=True)
        try:
            os.link(source / name, there)
        except OSError:  # A file system without hard links.
            shutil.copyfile(source / name, there)
        os.utime(there)
