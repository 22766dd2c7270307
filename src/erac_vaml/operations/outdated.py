"""Find finished runs that are no longer what the configuration asks for: which, why, and what they took."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.data.preparation import changed_settings
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.files import changes, sha256
from erac_vaml.plan import Run, plan_runs
from erac_vaml.runs.manifest import MODEL_FILE, Manifest, checked_file, read_manifest
from erac_vaml.runs.scores import has_ended, read_scores

REPLACED = "replaced"
"""Folder of an experiment's results to which runs are moved that will be trained anew."""
EXIT_STATUS = 3
"""Exit status of a command that refuses to continue because finished runs would be trained again."""


@dataclass(frozen=True)
class Outdated:
    """A finished run that would be trained again."""

    run: Run
    reasons: tuple[str, ...]
    """In words, each one thing that was and is now something else."""
    seconds: float
    """Time of training that would be lost."""


@dataclass(frozen=True)
class Comparison:
    """The finished runs of an experiment, compared with its configuration."""

    outdated: tuple[Outdated, ...]
    unreadable: tuple[str, ...]
    """What keeps runs from being compared, in words: they are neither outdated nor known to be sound."""


def compare_runs(experiment: Experiment, results: Path) -> Comparison:
    """Return which finished and diverged runs have other settings, parents, data or files than they should have.

    A run's manifest says what it was made of and what it wrote. A data set is compared by its files; where its settings
    are others than those it was prepared with, it will be prepared anew, and its files say nothing.
    """
    changed_data = {
        name: [f"data {name}: {change}" for change in changed_settings(results / "data" / name, dataset)]
        for name, dataset in experiment.datasets.items()
    }
    outdated: dict[str, Outdated] = {}
    unreadable: dict[str, None] = {}
    for path, run in plan_runs(experiment).items():
        seconds = 0.0
        try:
            if not has_ended(results / path):
                continue
            manifest = read_manifest(results / path)
            seconds = manifest.seconds
            dataset = experiment.tasks[run.task].dataset
            data = changed_data[dataset] or list(_data(manifest, results / "data" / dataset))
            settings, parents = _settings(run, manifest, outdated), _parents(run, manifest, results, outdated)
            reasons = [*settings, *parents, *data, *_files(results / path, manifest)]
        except UnreadableError as error:
            unreadable[str(error)] = None
            continue
        except OSError as error:
            unreadable[str(UnreadableError(error.filename, error))] = None
            continue
        except UserError as error:
            reasons = [_without_folder(error, results / path)]
        if reasons:
            outdated[path] = Outdated(run, tuple(dict.fromkeys(reasons)), seconds)
    return Comparison(tuple(outdated.values()), tuple(unreadable))


def set_aside(outdated: tuple[Outdated, ...], results: Path, moment: datetime) -> Path:
    """Move runs to a folder of their own below replaced/, so that the workflow trains them anew; return the folder.

    Their checkpoints and lists of attempts go with them.

    Raises:
        UserError: one cannot be moved.
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
                    "the command: what is moved already stays there"
                ) from None
    return folder


def _settings(run: Run, manifest: Manifest, outdated: Mapping[str, Outdated]) -> Iterator[str]:
    """Yield what has changed of a run's settings, except what its outdated parents tell themselves."""
    explained = {
        change
        for parent in run.parents.values()
        if str(parent.path) in outdated
        for change in changes(manifest.settings, dict(manifest.settings) | parent.fields)
    }
    yield from (change for change in sorted(changes(manifest.settings, run.fields)) if change not in explained)
    if manifest.seed != run.seed:
        yield f"its seed was {manifest.seed}, is {run.seed}"


def _parents(run: Run, manifest: Manifest, results: Path, outdated: Mapping[str, Outdated]) -> Iterator[str]:
    """Yield which of the runs that it started from are trained again, or are others now."""
    for role, parent in run.parents.items():
        name, was = f"its {role.replace('_', '-')} {parent.algorithm}/{parent.name}", manifest.parents.get(role)
        model = results / parent.path / MODEL_FILE
        if was is None or was.run != str(parent.path):
            yield f"its {role.replace('_', '-')} was {was.run if was else 'not there'}, is {parent.path}"
        elif str(parent.path) in outdated:
            yield f"{name} is trained again"
        elif not model.exists():
            yield f"{name} is missing"
        elif _digest(model) != was.model_sha256:
            yield f"{name} is another model now"


def _data(manifest: Manifest, folder: Path) -> Iterator[str]:
    """Yield which files of its data set are others now; nothing where they are not there, and can be made again."""
    recorded = manifest.data.sha256
    changed = [
        name for name, digest in recorded.items() if (folder / name).exists() and _digest(folder / name) != digest
    ]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        yield f"data {folder.name}: {changed[0]}{more} changed"


def _files(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield what has changed of a run's files; of its model only the size is compared, which many runs make large.

    The model of a run that others start from is compared by those, and `doctor` compares all.
    """
    read_scores(folder, manifest)
    for name, digest in manifest.files.items():
        if name != MODEL_FILE:
            checked_file(folder, name, manifest)
        elif not (folder / name).exists() or (folder / name).stat().st_size != digest.size:
            yield f"its {name} is missing or of another size"


def _digest(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        raise UnreadableError(path, error) from None


def _without_folder(error: UserError, folder: Path) -> str:
    """Return what is wrong with a file of a run as a reason: without the folder, and without how to fix it."""
    return "its " + str(error).removeprefix(f"{folder}/").partition(";")[0]
