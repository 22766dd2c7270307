"""Check whether workflows are at work, or one was killed."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from erac_vaml.operations.doctor.finding import Finding
from erac_vaml.runs.lock import results_lock


def check_workflow(files: Sequence[Path], results: Path) -> Iterator[Finding]:
    """Yield which workflows are at work here, and whether one was killed.

    Several may work in one folder, each on its own results; the lock of the results refuses a second one.
    Snakemake's lock is private to it. A killed workflow leaves it behind together with the lock of the results.
    """
    processes = workflows_here()
    named = ", ".join(f"process {process}" for process in processes)
    owner = results_lock(results).owner
    if processes:
        yield Finding("ok", "workflow", f"at work: {named}")
    elif owner is None:
        yield Finding("ok", "workflow", "none at work")
    elif owner.lives:
        yield Finding("ok", "workflow", f"at work: {owner}")
    else:
        found = f"{owner} was killed" if owner.lives is False else f"{owner} is at work or was killed; if it was"
        unlock = f"snakemake --configfile {shlex.join(map(str, files))} --cores 1 --unlock"
        yield Finding("problem", "workflow", f"{found}, unless the folder has been unlocked since:", unlock)


def workflows_here() -> list[int]:
    """Return the process numbers of this machine's workflows in this folder, without the processes of their jobs."""
    here = Path.cwd()
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if _is_workflow(words) and Path(process.cwd()) == here:
                found.append(process.pid)
        except psutil.Error:  # It has ended meanwhile, or belongs to another user.
            continue
    return sorted(found)


def _is_workflow(words: list[str]) -> bool:
    """Return whether a command line is that of a workflow and not of one of its jobs."""
    names = [Path(word).name for word in words[:3]]
    return "snakemake" in names and not any(word.startswith("--mode") or word == "--target-jobs" for word in words)
