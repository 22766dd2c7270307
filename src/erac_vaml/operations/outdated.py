"""Find finished and stopped runs that no longer fit the configuration, the reasons, and how long they took."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from erac_vaml.data.preparation import changed_settings
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.files import changes, sha256
from erac_vaml.operations.wording import some
from erac_vaml.plan import Plan, Run
from erac_vaml.runs.hypotheses import is_recorded
from erac_vaml.runs.lock import Lock, lock_beside
from erac_vaml.runs.manifest import MODEL_FILE, Manifest, Origin, checked_file, read_manifest
from erac_vaml.runs.scores import check_run, has_ended, read_scores
from erac_vaml.runs.stopped import DamagedError, checkpoints, stopped_run

REPLACED = "replaced"
"""Folder in an experiment's results for runs that were moved because they will be trained again."""
EXIT_STATUS = 3
"""Exit status of a command that stops because runs are outdated."""


@dataclass(frozen=True)
class Outdated:
    """A finished or stopped run that would be trained from its start."""

    run: Run
    reasons: tuple[str, ...]
    """What has changed, in words."""
    seconds: float
    """Seconds of training that would be lost."""


@dataclass(frozen=True)
class Comparison:
    """The finished and stopped runs of an experiment, compared with its configuration."""

    outdated: tuple[Outdated, ...]
    unreadable: tuple[str, ...]
    """Why some runs cannot be compared, in words. Such a run may be outdated or not."""


def compare_runs(plan: Plan, results: Path) -> Comparison:
    """Return which finished, diverged and stopped runs have other settings, parents, data or files than they should.

    The manifest of a run records what it was made of and what it wrote, a checkpoint what it was made of. A data set is
    compared by its files. If its settings have changed since it was prepared, it will be prepared again, and its files
    are not compared.
    """
    changed_data = {
        name: [f"data {name}: {change}" for change in changed_settings(results / "data" / name, dataset)]
        for name, dataset in plan.experiment.datasets.items()
    }
    outdated: dict[str, Outdated] = {}
    unreadable: dict[str, None] = {}
    for path, run in plan.runs.items():
        seconds = 0.0
        try:
            found = _made_of(run, results)
            if found is None:
                continue
            origin, seconds = found
            files = _files(results / path, origin) if isinstance(origin, Manifest) else ()
            data = changed_data[run.dataset] or list(_data(origin, results / "data" / run.dataset))
            settings, parents = _settings(run, origin, outdated), _parents(run, origin, results, outdated)
            reasons = [*settings, *parents, *data, *files]
        except UnreadableError as error:
            unreadable[str(error)] = None
            continue
        except OSError as error:
            unreadable[str(UnreadableError(error.filename or results / path, error))] = None
            continue
        except UserError as error:
            reasons = [_without_folder(error, results / path)]
        if reasons:
            outdated[path] = Outdated(run, tuple(dict.fromkeys(reasons)), seconds)
    return Comparison(tuple(outdated.values()), tuple(unreadable))


def set_aside(outdated: tuple[Outdated, ...], results: Path, moment: datetime) -> Path:
    """Move runs to a new folder below replaced/, so that the workflow trains them again. Return the folder.

    Their checkpoints and lists of attempts move with them.

    Raises:
        UserError: a run cannot be moved.
    """
    folder = results / REPLACED / moment.strftime("%Y-%m-%dT%H-%M-%S")
    for one in outdated:
        for path in (one.run.path, one.run.state_path):
            if not (results / path).exists():
                continue
            try:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                os.rename(results / path, folder / path)
            except OSError as error:
                raise UserError(
                    f"{results / path}: cannot be moved to {folder} ({error.strerror or error}); fix that and repeat "
                    "the command; runs that have been moved stay there"
                ) from None
    return folder


def _made_of(run: Run, results: Path) -> tuple[Origin, float] | None:
    """Return the origin of a run that has ended or was stopped, and its seconds of training; None of any other run.

    A run that may be training now is another run: its checkpoints must stay where they are.
    """
    if has_ended(results / run.path):
        manifest = read_manifest(results / run.path)
        return manifest, manifest.seconds
    trainer = Lock(lock_beside(results / run.state_path)).owner
    if trainer and trainer.lives is not False:
        return None
    for checkpoint in checkpoints(results / run.state_path)[:1]:
        with suppress(DamagedError):  # The run tells of it when it is started.
            return stopped_run(checkpoint)
    return None


def _settings(run: Run, origin: Origin, outdated: Mapping[str, Outdated]) -> Iterator[str]:
    """Yield which settings of a run have changed, except those that are reported for its outdated parents."""
    explained = {
        change
        for parent in run.parents.values()
        if str(parent.path) in outdated
        for change in changes(origin.settings, dict(origin.settings) | parent.fields)
    }
    yield from (change for change in sorted(changes(origin.settings, run.fields)) if change not in explained)
    if origin.seed != run.seed:
        yield f"its seed was {origin.seed}, is {run.seed}"


def _parents(run: Run, origin: Origin, results: Path, outdated: Mapping[str, Outdated]) -> Iterator[str]:
    """Yield which parents of a run will be trained again, or are missing or different now."""
    for role, parent in run.parents.items():
        name, was = f"its {role.replace('_', '-')} {parent.algorithm}/{parent.name}", origin.parents.get(role)
        model = results / parent.path / MODEL_FILE
        if was is None or was.run != str(parent.path):
            yield f"its {role.replace('_', '-')} was {was.run if was else 'not there'}, is {parent.path}"
        elif str(parent.path) in outdated:
            yield f"{name} is trained again"
        elif not model.exists() and not is_recorded(model.parent):
            yield f"{name} is missing"
        elif _digest(model) != was.model_sha256:
            yield f"{name} is another model now"


def _digest(model: Path) -> str | None:
    """Return the SHA-256 of a run's model, which its manifest tells where the run is recorded without it."""
    if model.exists():
        return sha256(model)
    recorded = read_manifest(model.parent).files.get(MODEL_FILE)
    return recorded.sha256 if recorded else None


def _data(origin: Origin, folder: Path) -> Iterator[str]:
    """Yield which files of a run's data set have changed. Missing files do not count: they can be made again."""
    recorded = origin.data.sha256
    changed = [
        name for name, digest in recorded.items() if (folder / name).exists() and sha256(folder / name) != digest
    ]
    if changed:
        yield f"data {folder.name}: {some(changed, 1)} changed"


def _files(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield which files of a run have changed. Of its model only the size is compared, to save time.

    A run that starts from the model compares its digest, and `doctor` compares the digests of all models.
    """
    if is_recorded(folder):
        check_run(folder, manifest)
        return
    read_scores(folder, manifest)
    for name, digest in manifest.files.items():
        if name != MODEL_FILE:
            checked_file(folder, name, manifest)
        elif not (folder / name).exists() or (folder / name).stat().st_size != digest.size:
            yield f"its {name} is missing or of another size"


def _without_folder(error: UserError, folder: Path) -> str:
    """Return the fault of a run's file as a reason: without the folder and the fix."""
    return "its " + str(error).removeprefix(f"{folder}/").partition(";")[0]
