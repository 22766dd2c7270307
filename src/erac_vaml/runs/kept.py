"""Keep a finished run's files a second time, and put them back where the workflow lost them.

Snakemake deletes the files of a run that it has not seen to end, and starts it again: of one that outlived a killed
workflow, and, where several runs are one job of a cluster and one of them stops, of all of them. So the workflow's runs
keep their files in their state folders, too, as links, which take no room. The workflow deletes them when it ends well,
or at its next start where it knows that the run has ended.
"""

import os
import shutil
from pathlib import Path

from erac_vaml.errors import UserError
from erac_vaml.runs.manifest import MANIFEST, Manifest, Origin, read_manifest
from erac_vaml.runs.scores import SCORES_FILE, check_run

_KEPT = "finished"


def put_back(folder: Path, state: Path, origin: Origin) -> None:
    """Put a run's files back where they are kept in its state folder, whole and of this origin.

    Args:
        folder: where its files belong.
        state: its state folder.
        origin: what the run would be made of now.
    """
    manifest = None if _whole(folder, origin) else _whole(state / _KEPT, origin)
    if manifest is not None:
        (folder / SCORES_FILE).unlink(missing_ok=True)
        _link_all(state / _KEPT, folder, manifest)


def is_kept(state: Path) -> bool:
    """Return whether a run's files are kept in its state folder."""
    return (state / _KEPT / SCORES_FILE).exists()


def forget(state: Path) -> None:
    """Delete a finished run's state."""
    shutil.rmtree(state)


def forget_all_but_files(state: Path, folder: Path) -> None:
    """Keep a finished run's files in its state folder, and delete everything else there."""
    temporary = state / f"{_KEPT}.tmp"
    _link_all(folder, temporary, read_manifest(folder))
    shutil.rmtree(state / _KEPT, ignore_errors=True)
    temporary.rename(state / _KEPT)
    for path in state.iterdir():
        if path.is_dir() and path.name != _KEPT:
            shutil.rmtree(path)
        elif path.name != _KEPT:
            path.unlink()


def _whole(folder: Path, origin: Origin) -> Manifest | None:
    """Return the manifest of a finished run of this origin whose files are all as it wrote them; else None."""
    try:
        manifest = read_manifest(folder, origin.run)
        if manifest.identity == origin.identity:
            check_run(folder, manifest)
            return manifest
    except UserError:
        pass
    return None


def _link_all(source: Path, target: Path, manifest: Manifest) -> None:
    """Link the files of a run into another folder, the scores last, newer than anything that they were made of."""
    target.mkdir(parents=True, exist_ok=True)
    for name in sorted([*manifest.files, MANIFEST], key=lambda name: name == SCORES_FILE):
        there = target / name
        there.unlink(missing_ok=True)
        try:
            os.link(source / name, there)
        except OSError:  # A file system without links.
            shutil.copyfile(source / name, there)
        os.utime(there)
