"""The workflow's refusal to train finished runs again unasked: what Snakemake is about to discard, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from erac_vaml.files import try_json
from erac_vaml.operations.wording import counted, some

_UNASKED = {
    "params have changed since last execution": "other settings",
    "updated input files": "newer input files",
    "input files updated by another job": "what they start from is made again",
    "set of input files has changed since last execution": "other input files",
    "output files have to be generated": "some of their files are missing",
    "code has changed since last execution": "other code",
}
"""Snakemake's names of reasons, and what they mean here."""


def refusal(dag: Any, run_folders: Iterable[str], config: str) -> str | None:
    """Return the message with which the workflow refuses to start, or None where no finished run is at stake.

    Runs that a person repeats on purpose (--forcerun, --forceall) are not, nor those that only follow from them, nor
    runs that Snakemake knows to be incomplete.

    Args:
        dag: Snakemake's graph of jobs.
        run_folders: of all planned runs, as the jobs' outputs have them.
        config: name of the configuration file, for the message.
    """
    jobs = {str(job.output[0]): job for job in dag.needrun_jobs() if job.output}
    asked = _asked_for(dag, jobs)
    lost = {}
    for folder in run_folders:
        scores = f"{folder}/scores.json"
        if scores in jobs and scores not in asked and _has_ended(Path(scores)):
            lost[folder] = [_UNASKED[name] for name in dag.reason(jobs[scores]).get_names() if name in _UNASKED]
    lost = {folder: reasons for folder, reasons in lost.items() if reasons}
    if not lost:
        return None
    counts = Counter(reason for reasons in lost.values() for reason in reasons)
    why = ", ".join(f"{reason}: {count}" for reason, count in counts.items())
    runs = counted(len(lost), "finished run")
    names = some([folder.partition("/runs/")[2] for folder in lost])
    return (
        f"{runs} would be trained again ({why}): {names}. Nothing was started or deleted. "
        f"`erac-vaml plan --config {config}` shows which and why, `--yes` with it sets them aside so that they are "
        "trained anew, `snakemake --touch` keeps them where nothing really changed, `--forcerun` repeats them anyway"
    )


def _asked_for(dag: Any, jobs: Mapping[str, Any]) -> set[str]:
    """Return the outputs of the jobs that are repeated on purpose, or only because others are."""
    asked: set[str] = set()
    waiting = dict(jobs)
    while True:
        found = {output for output, job in waiting.items() if _is_asked(dag, job, asked)}
        if not found:
            return asked
        asked |= found
        waiting = {output: job for output, job in waiting.items() if output not in found}


def _is_asked(dag: Any, job: Any, asked: set[str]) -> bool:
    reason = dag.reason(job)
    names = set(reason.get_names())
    if reason.forced or "incomplete output files" in names:
        return True
    makers = [maker for maker in dag.job_dependencies(job) if dag.needrun(maker)]
    return names == {"input files updated by another job"} and all(str(maker.output[0]) in asked for maker in makers)


def _has_ended(scores: Path) -> bool:
    """Return whether a file of scores is whole, and so the run that wrote it."""
    content = try_json(scores)
    return isinstance(content, dict) and content.get("status") in ("finished", "diverged")
