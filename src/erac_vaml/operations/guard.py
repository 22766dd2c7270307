"""Protect finished runs at the start and the end of a workflow."""

import atexit
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from erac_vaml.errors import UserError, system_fault
from erac_vaml.files import try_json, write_text
from erac_vaml.operations.outdated import EXIT_STATUS
from erac_vaml.operations.wording import config_options, counted, some
from erac_vaml.plan import Run
from erac_vaml.runs.lock import Lock, claim_results
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.scores import SCORES_FILE, has_ended
from erac_vaml.runs.stopped import checkpoints

_UPDATED = "input files updated by another job"
_UNASKED = {
    "updated input files": "newer input files",
    "set of input files has changed since last execution": "other input files",
    "output files have to be generated": "some of their files are missing",
    "code has changed since last execution": "other code",
    "params have changed since last execution": "other parameters",
}
"""Snakemake's names of reasons, and their meaning here."""


class DiscardError(UserError):
    """The workflow would train finished runs again without being asked to (exit status 3)."""


@contextmanager
def faults_as_messages() -> Iterator[None]:
    """End Snakemake with a message instead of a traceback if the block raises a `UserError` or an `OSError`."""
    try:
        yield
    except UserError as error:
        print(f"snakemake: {error}", file=sys.stderr)
        sys.exit(EXIT_STATUS if isinstance(error, DiscardError) else 2)
    except OSError as error:
        print(f"snakemake: {system_fault(error)}", file=sys.stderr)
        sys.exit(2)


class Guard:
    """Keeps a second workflow away from an experiment's results, and the first one from discarding finished runs."""

    def __init__(self, results: Path, runs: Mapping[str, Run], configuration: str) -> None:
        """Guard a folder of results.

        Args:
            results: the folder, as it stands in the outputs of the rules.
            runs: all planned runs by their paths.
            configuration: the text that the rules write as settings.
        """
        self._results, self._runs, self._configuration = results, runs, configuration
        self._claim: Lock | None = None

    def begin(self, workflow: Any) -> None:
        """Prepare the start of a workflow. Do nothing if it writes only into partial/, as `snakemake partial` does.

        Args:
            workflow: Snakemake's object. Its graph of jobs must have been built, and nothing may have been deleted.

        Raises:
            UserError: another workflow is at work on the results.
            DiscardError: the workflow would train finished runs again without being asked to.
        """
        if not _writes_results(workflow.dag, self._results):
            return
        # Until the process ends, because Snakemake's own lock covers only the files that two workflows share.
        self._claim = claim_results(self._results)
        atexit.register(self._claim.release)
        if workflow.touch:
            self._write_settings(workflow.dag)
        else:
            self._refuse_to_discard(workflow.dag)
        self._delete_kept_files(workflow)

    def end(self, workflow: Any) -> None:
        """Delete the second files of the runs that Snakemake has seen end: none of their files can be lost any more."""
        if self._claim is not None:
            self._delete_kept_files(workflow)

    def _write_settings(self, dag: Any) -> None:
        """Write the settings files, which --touch would leave unchanged. Runs that are trained later read them."""
        for job in dag.needrun_jobs():
            for path in (Path(str(file)) for file in job.output):
                if path == self._results / "config.yaml" or self._results / "settings" in path.parents:
                    write_text(path, self._configuration)

    def _refuse_to_discard(self, dag: Any) -> None:
        """Check that no finished run would be trained again without being asked for.

        If one would be, write the configuration for the command that compares it with the runs, because no file may
        have all of it: `--config` and a module's host can change settings too.

        Three kinds of runs are not checked: those that a person repeats on purpose (--forcerun, --forceall), those that
        are repeated only because of these, and those that Snakemake knows to be incomplete.

        Raises:
            DiscardError: finished runs would be trained again.
        """
        jobs = {str(job.output[0]): job for job in dag.needrun_jobs() if job.output}
        asked = _asked_for(dag, jobs)
        lost: dict[str, list[str]] = {}
        rules = set()
        for path in self._runs:
            scores = f"{self._results}/{path}/{SCORES_FILE}"
            if scores not in jobs or scores in asked or not _has_whole_scores(self._results / path):
                continue
            if reasons := list(_reasons(dag.reason(jobs[scores]))):
                lost[path.removeprefix("runs/")] = reasons
                rules.add(jobs[scores].rule.name)
        if not lost:
            return
        counts = Counter(chain.from_iterable(lost.values()))
        why = ", ".join(f"{reason}: {count}" for reason, count in counts.items())
        planned = self._results / "planned.yaml"
        write_text(planned, self._configuration)
        compare = f"erac-vaml plan {config_options([planned])}"
        raise DiscardError(
            f"{counted(len(lost), 'finished run')} would be trained again ({why}): {some(list(lost))}. Nothing was "
            "started or deleted.\n"
            f"  To see which and why:       {compare}\n"
            f"  To move them aside first:   {compare} --yes\n"
            "  To keep them as they are:   add --touch to your command\n"
            f"  To train them over:         add --forcerun {' '.join(sorted(rules))} to your command, at its end"
        )

    def _delete_kept_files(self, workflow: Any) -> None:
        """Delete the state of the ended runs that Snakemake has seen end.

        It starts any other run again, now or when a target needs it, and deletes the run's files before. A run that
        `erac-vaml train --force` has begun to train over keeps its checkpoints.
        """
        jobs = {str(file): job for job in workflow.dag.jobs for file in job.output}
        for run in self._runs.values():
            job = jobs.get(f"{self._results / run.path}/{SCORES_FILE}")
            if job is None or not has_ended(self._results / run.path) or self._is_trained_over(run):
                continue
            if not workflow.async_run(workflow.persistence.incomplete(job)):
                shutil.rmtree(self._results / run.state_path, ignore_errors=True)

    def _is_trained_over(self, run: Run) -> bool:
        """Return whether a run has a checkpoint that is newer than its end."""
        newest = checkpoints(self._results / run.state_path)[:1]
        try:
            ended = datetime.fromisoformat(read_manifest(self._results / run.path).ended).timestamp() if newest else 0.0
        except UserError:
            return False
        return any(path.stat().st_mtime > ended for path in newest)


def _has_whole_scores(folder: Path) -> bool:
    """Return whether a run has ended and its scores are whole. After a killed job the file may hold anything."""
    scores = try_json(folder / SCORES_FILE)
    return isinstance(scores, dict) and scores.get("status") in ("finished", "diverged")


def _writes_results(dag: Any, results: Path) -> bool:
    """Return whether a job writes below the results, but not into partial/."""
    outputs = (Path(str(file)) for job in dag.needrun_jobs() for file in job.output)
    return any(results in file.parents and results / "partial" not in file.parents for file in outputs)


def _asked_for(dag: Any, jobs: Mapping[str, Any]) -> set[str]:
    """Return the outputs of the jobs that are repeated on purpose, or only because such a job is."""
    asked: set[str] = set()
    while found := {output for output, job in jobs.items() if output not in asked and _is_asked(dag, job, asked)}:
        asked |= found
    return asked


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
            # The workflow writes the settings of a run again if they have changed.
            settings = ["/settings/runs/" in str(file) for file in reason.updated_input_run]
            if any(settings):
                yield "other settings"
            if not all(settings):
                yield "what they start from is made again"
