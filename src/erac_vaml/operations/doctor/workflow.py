"""Check Snakemake's state: its lock, workflows at work, and outputs of jobs that it did not see end."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import psutil

from erac_vaml.operations.doctor.finding import Finding
from erac_vaml.operations.snakemake_records import has_locks, has_whole_scores, incomplete_outputs
from erac_vaml.operations.wording import counted, some


def check_workflow(config: Path) -> Iterator[Finding]:
    """Yield whether one or more workflows are at work here, and what a killed one left behind."""
    call = f"snakemake --configfile {shlex.quote(str(config))} --cores 1"
    processes = workflows_here()
    named = ", ".join(f"process {process}" for process in processes)
    if len(processes) > 1:
        yield Finding("problem", "workflow", f"{len(processes)} workflows at once: {named}", f"kill {processes[-1]}")
    elif processes:
        yield Finding("ok", "workflow", f"at work: {named}")
    elif has_locks():
        text = "the folder is locked, but no workflow of this machine is at work here; if none of another machine is:"
        yield Finding("problem", "workflow", text, f"{call} --unlock")
    else:
        yield Finding("ok", "workflow", "none at work, no lock")
    if not processes:
        yield from _check_incomplete(call)


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


def _check_incomplete(call: str) -> Iterator[Finding]:
    """Yield outputs for which Snakemake does not know whether their job ended."""
    outputs = [path for path in incomplete_outputs() if Path(path).exists()]
    whole = [path for path in outputs if has_whole_scores(Path(path).parent)]
    if whole:
        text = f"{counted(len(whole), 'file')} of ended runs marked as incomplete: {some(whole, 2)}; they are complete:"
        yield Finding("problem", "workflow", text, f"{call} --cleanup-metadata {shlex.join(whole)}")
    others = [path for path in outputs if path not in whole]
    if others:
        text = f"{counted(len(others), 'incomplete file')} of a workflow that was killed: {some(others, 2)}"
        yield Finding("problem", "workflow", text, f"{call} --rerun-incomplete")
