"""What a workflow does before its first job and after its last, so that it harms nothing that is there."""

import atexit
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from erac_vaml.errors import UserError
from erac_vaml.files import try_json
from erac_vaml.operations.outdated import EXIT_STATUS
from erac_vaml.operations.snakemake_records import incomplete_outputs
from erac_vaml.operations.wording import counted, some
from erac_vaml.plan import Run
from erac_vaml.runs.lock import Lock, claim_results
from erac_vaml.runs.scores import SCORES_FILE, has_ended

_UPDATED = "input files updated by another job"
_UNASKED = {
    "updated input files": "newer input files",
    "set of input files has changed since last execution": "other input files",
    "output files have to be generated": "some of their files are missing",
    "code has changed since last execution": "other code",
    "params have changed since last execution": "other parameters",
}
"""Snakemake's names of reasons, and what they mean here."""


class DiscardError(UserError):
    """Finished runs would be trained again that nobody asked to repeat (exit status 3)."""

    exit_status = EXIT_STATUS


@contextmanager
def faults_in_one_line() -> Iterator[None]:
    """End Snakemake where a `UserError` is raised within: one line on standard error, without a traceback."""
    try:
        yield
    except UserError as error:
        print(f"snakemake: {error}", file=sys.stderr)
        sys.exit(getattr(error, "exit_status", 2))


class Guard:
    """Keeps a second workflow off an experiment's results, and a first one from discarding finished runs."""

    def __init__(self, results: Path, runs: Mapping[str, Run], configuration: str) -> None:
        """Guard a folder of results.

        Args:
            results: the folder, as the rules' outputs have it.
            runs: all planned runs by their paths.
            configuration: what the rules write as settings.
        """
        self._results, self._runs, self._configuration = results, runs, configuration
        self._claim: Lock | None = None

    def begin(self, workflow: Any) -> None:
        """Prepare the start of a workflow; of one that only writes into partial/, as `snakemake partial`, do nothing.

        Args:
            workflow: Snakemake's, its graph of jobs built and nothing deleted yet.

        Raises:
            UserError: another workflow is at work on the results.
            DiscardError: the workflow would train finished runs again that nobody asked it to repeat.
        """
        if not _writes_results(workflow.dag, self._results):
            return
        # Until the process ends, for Snakemake's own lock is of the files that two workflows share.
        self._claim = claim_results(self._results)
        atexit.register(self._claim.release)
        if workflow.touch:
            self._write_settings(workflow.dag)
        else:
            self._refuse_to_discard(workflow)
        self._delete_kept_files()

    def end(self) -> None:
        """Delete what ended runs keep in case that their files are lost; Snakemake has seen all of them end."""
        if self._claim is not None:
            self._delete_kept_files()

    def _write_settings(self, dag: Any) -> None:
        """Write the settings that --touch would leave as they are, for runs that are trained later read them."""
        for job in dag.needrun_jobs():
            for path in (Path(str(file)) for file in job.output):
                if path == self._results / "config.yaml" or self._results / "settings" in path.parents:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(self._configuration, encoding="utf-8")

    def _refuse_to_discard(self, workflow: Any) -> None:
        names = [os.path.relpath(path) for path in workflow.configfiles]
        folders = [f"{self._results}/{path}" for path in self._runs]
        message = refusal(workflow.dag, folders, names[0] if names else "config.yaml")
        if message:
            raise DiscardError(message)

    def _delete_kept_files(self) -> None:
        """Delete the state of ended runs, save those that Snakemake did not see end and will start again."""
        unseen = set(incomplete_outputs())
        for run in self._runs.values():
            folder = self._results / run.path
            if has_ended(folder) and str(folder / SCORES_FILE) not in unseen:
                shutil.rmtree(self._results / run.state_path, ignore_errors=True)


def refusal(dag: Any, run_folders: Iterable[str], config: str) -> str | None:
    """Return the message with which the workflow refuses to start, or None where no finished run is at stake.

    Runs that a person repeats on purpose (--forcerun, --forceall) are not at stake, nor those that only follow from
    them, nor runs that Snakemake knows to be incomplete.

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
            lost[folder] = list(_reasons(dag.reason(jobs[scores])))
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


def _writes_results(dag: Any, results: Path) -> bool:
    """Return whether a job writes below the results, partial/ aside."""
    outputs = (Path(str(file)) for job in dag.needrun_jobs() for file in job.output)
    return any(results in file.parents and results / "partial" not in file.parents for file in outputs)


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
    return names == {_UPDATED} and all(str(maker.output[0]) in asked for maker in makers)


def _reasons(reason: Any) -> Iterator[str]:
    """Yield in words why a run is trained again."""
    for name in reason.get_names():
        if name in _UNASKED:
            yield _UNASKED[name]
        elif name == _UPDATED:
            # The workflow writes a run's settings anew where they have changed.
            settings = ["/settings/runs/" in str(file) for file in reason.updated_input_run]
            yield from ["other settings"] * any(settings)
            yield from ["what they start from is made again"] * (not all(settings))


def _has_ended(scores: Path) -> bool:
    """Return whether a file of scores is whole, and so the run that wrote it."""
    content = try_json(scores)
    return isinstance(content, dict) and content.get("status") in ("finished", "diverged")
