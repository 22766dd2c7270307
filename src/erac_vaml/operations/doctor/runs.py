"""Check the runs: failed, killed and outdated runs, their leftovers, changed files and damaged checkpoints."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.operations.doctor.finding import Finding
from erac_vaml.operations.outdated import compare_runs
from erac_vaml.operations.status import RunStatus, read_status
from erac_vaml.operations.wording import config_options, counted, some
from erac_vaml.plan import Plan, Run
from erac_vaml.runs.hypotheses import is_recorded
from erac_vaml.runs.lock import is_lock
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.scores import check_run, has_ended


def check_runs(plan: Plan, files: Sequence[Path], results: Path) -> Iterator[Finding]:
    """Yield the state of the runs, and what keeps them from continuing."""
    statuses = read_status(plan, results, datetime.now(UTC))
    yield _summary(statuses)
    ended = {str(status.run.path) for status in statuses if has_ended(results / status.run.path)}
    for status in statuses:
        if status.state == "failed" and str(status.run.path) not in ended:
            log = f"tail {shlex.quote(status.log or '')}"
            yield Finding("problem", "runs", f"{status.run.path} failed: {status.reason}", log)
    killed = [str(status.run.path) for status in statuses if status.state == "stopped" and status.reason == "killed"]
    if killed:
        text = f"{counted(len(killed), 'run')} killed: {some(killed)}; the workflow will continue them"
        yield Finding("note", "runs", text)
    yield from _check_files(ended, results)
    outdated = compare_runs(plan, results).outdated
    if outdated:
        first = outdated[0]
        text = f"{counted(len(outdated), 'run')} outdated: {first.run.path}: "
        command = f"erac-vaml plan --yes {config_options(files)}"
        if results != plan.experiment.results:
            command += f" --results {shlex.quote(str(results))}"
        fix = _unless_recorded(command, results / first.run.path)
        yield Finding("problem", "runs", text + first.reasons[0], fix)
    running = {str(status.run.path) for status in statuses if status.state == "running"}
    yield from _check_leftovers(plan.runs, results, running)
    yield from _check_checkpoints(plan.runs, results, running | {str(one.run.path) for one in outdated})


def _unless_recorded(command: str, folder: Path) -> str | None:
    """Return a command, or None for a recorded run, which comes back only from where it was recorded."""
    return None if is_recorded(folder) else command


def _summary(statuses: list[RunStatus]) -> Finding:
    counts = {state: sum(status.state == state for status in statuses) for state in ("finished", "running", "diverged")}
    shown = ", ".join(f"{count} {state}" for state, count in counts.items() if count or state == "finished")
    return Finding("note" if counts["diverged"] else "ok", "runs", f"{shown} of {len(statuses)}")


def _check_leftovers(planned: Mapping[str, Run], results: Path, running: set[str]) -> Iterator[Finding]:
    """Yield folders of runs without scores, and states of runs that are not planned any more."""
    for folder in sorted(path for path in (results / "runs").glob("*/*/*") if path.is_dir()):
        run = folder.relative_to(results).as_posix()
        if not has_ended(folder) and run not in running and any(folder.iterdir()):
            future = "the workflow will train it anyway" if run in planned else "the experiment does not plan it"
            text = f"{folder} has no scores.json: its run has not ended; {future}"
            yield Finding("note", "runs", text, f"rm -r {shlex.quote(str(folder))}")
    states = {str(run.state_path) for run in planned.values()}
    for folder in sorted(path for path in (results / "state").glob("*/*/*") if path.is_dir()):
        if not is_lock(folder) and folder.relative_to(results).as_posix() not in states:
            text = f"{folder} belongs to a run that the experiment does not plan"
            yield Finding("note", "runs", text, f"rm -r {shlex.quote(str(folder))}")


def _check_files(ended: Iterable[str], results: Path) -> Iterator[Finding]:
    """Yield which files of finished runs are missing or have changed, according to the digests in their manifests."""
    unchanged = 0
    for path in sorted(ended):
        folder = results / path
        try:
            check_run(folder, read_manifest(folder))
            unchanged += 1
        except UnreadableError as error:
            yield Finding("problem", "runs", str(error))
        except UserError as error:
            yield Finding("problem", "runs", str(error), _unless_recorded(f"rm -r {shlex.quote(str(folder))}", folder))
    if unchanged:
        yield Finding("ok", "runs", f"the files of {counted(unchanged, 'finished run')} are unchanged")


def _check_checkpoints(planned: Mapping[str, Run], results: Path, others: set[str]) -> Iterator[Finding]:
    """Yield checkpoints that are damaged, or do not fit their run; not those of runs that train or are outdated."""
    from erac_vaml.runs.stopped import checkpoints

    checked = 0
    for path, run in planned.items():
        found = [] if path in others else checkpoints(results / run.state_path)
        checked += len(found)
        faults = {file: fault for file in found if (fault := _checkpoint_fault(file, run, results))}
        for file, fault in faults.items():
            # The run uses another checkpoint. If there is none, it cannot start.
            useless = len(faults) == len(found)
            fix = f"rm -r {shlex.quote(str(results / run.state_path))}" if useless else f"rm {shlex.quote(str(file))}"
            yield Finding("problem" if useless else "note", "checkpoints", fault, fix)
    if checked:
        yield Finding("ok", "checkpoints", f"{checked} checked")


def _checkpoint_fault(file: Path, run: Run, results: Path) -> str | None:
    """Return why a run cannot continue from a checkpoint, or None."""
    from erac_vaml.runs.checkpoint import read_checkpoint
    from erac_vaml.runs.origin import describe_origin

    try:
        origin = describe_origin(run, results, results / "data" / run.dataset)
    except UserError:  # A parent or the data are missing, so the checkpoint cannot be compared yet.
        return None
    try:
        read_checkpoint(file, origin.identity)
    except UserError as error:
        return str(error)
    return None
