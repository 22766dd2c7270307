"""Finished runs that are no longer what the configuration asks for: which, why, and what they took."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import Dataset
from erac_vaml.errors import UserError
from erac_vaml.files import sha256, try_json
from erac_vaml.operations.snakemake_records import dataset_settings_when_prepared
from erac_vaml.plan import Run, plan_runs

REPLACED = "replaced"
"""Folder of an experiment's results to which runs are moved that will be trained anew."""
EXIT_STATUS = 3
"""Of a command that refuses to go on because finished runs would be trained again."""
_MISSING = "not there"


@dataclass(frozen=True)
class Outdated:
    """A finished run that would be trained again."""

    run: Run
    reasons: tuple[str, ...]
    """In words, each one thing that was and is now something else."""
    seconds: float
    """What it took."""


def outdated_runs(experiment: Experiment, results: Path) -> list[Outdated]:
    """Return the finished and diverged runs whose settings, parents or data have changed, in the plan's order.

    A run's manifest says what it was made of. A data set is compared by its files; where its settings are others than
    those it was prepared with, it will be prepared anew, and its files say nothing.
    """
    changed_data = {
        name: changed_dataset(dataset, results / "data" / name) for name, dataset in experiment.datasets.items()
    }
    found: dict[str, Outdated] = {}
    for path, run in plan_runs(experiment).items():
        if not (results / path / "scores.json").exists():
            continue
        manifest = try_json(results / path / "manifest.json")
        if not isinstance(manifest, dict):
            found[path] = Outdated(run, ("its manifest.json is missing or damaged",), 0.0)
            continue
        dataset = experiment.tasks[run.task].dataset
        parents = list(_parents(run, manifest, results, found))
        data = changed_data[dataset] or list(_data(manifest, results / "data" / dataset))
        reasons = [*_settings(run, manifest, found), *parents, *data]
        if reasons:
            found[path] = Outdated(run, tuple(dict.fromkeys(reasons)), _seconds(manifest))
    return list(found.values())


def set_aside(outdated: list[Outdated], results: Path, moment: datetime) -> Path:
    """Move runs to a folder of their own below replaced/, so that the workflow trains them anew; return the folder.

    What they have of unfinished attempts goes with them.

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
                    f"{results / path}: cannot be moved to {folder} ({error.strerror or error}); mend that and repeat "
                    "the command: what is moved already stays there"
                ) from None
    return folder


def _settings(run: Run, manifest: Mapping[str, Any], outdated: Mapping[str, Outdated]) -> Iterator[str]:
    """Yield what has changed of a run's settings, those of a parent that is outdated itself aside."""
    was, now = manifest.get("settings") or {}, run.fields
    told = {
        name
        for parent in run.parents.values()
        if str(parent.path) in outdated
        for name, value in parent.fields.items()
        if was.get(name, _MISSING) != value
    }
    for name in sorted(was.keys() | now.keys()):
        before, after = was.get(name, _MISSING), now.get(name, _MISSING)
        if before != after and name not in told:
            yield f"{name} was {_shown(before)}, is {_shown(after)}"
    if manifest.get("seed") != run.seed:
        yield f"its seed was {manifest.get('seed')}, is {run.seed}"


def _parents(run: Run, manifest: Mapping[str, Any], results: Path, outdated: Mapping[str, Outdated]) -> Iterator[str]:
    """Yield which of the runs that it started from are trained again, or are others now."""
    recorded = manifest.get("parents") or {}
    for role, parent in run.parents.items():
        name, was = f"its {role.replace('_', '-')} {parent.algorithm}/{parent.name}", recorded.get(role) or {}
        model = results / parent.path / "model.safetensors"
        if was.get("run") != str(parent.path):
            yield f"its {role.replace('_', '-')} was {was.get('run', _MISSING)}, is {parent.path}"
        elif str(parent.path) in outdated:
            yield f"{name} is trained again"
        elif not model.exists():
            yield f"{name} is missing"
        elif _digest(model) != was.get("model_sha256"):
            yield f"{name} is another model now"


def _data(manifest: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Yield which files of its data set are others now; nothing where they are not there, and can be made again."""
    recorded = (manifest.get("data") or {}).get("sha256") or {}
    changed = [name for name, digest in recorded.items() if _digest(folder / name) not in (digest, None)]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        yield f"data {folder.name}: {changed[0]}{more} changed"


def changed_dataset(dataset: Dataset, folder: Path) -> list[str]:
    """Return why a data set will be prepared anew: in what its settings differ from those it was prepared with.

    Args:
        dataset: its settings.
        folder: where it is prepared; the workflow has noted down how.
    """
    was, now = dataset_settings_when_prepared(folder), json.loads(dataset.model_dump_json())
    if was is None:
        return []
    return [
        f"data {folder.name}: {key} was {_shown(was.get(key, _MISSING))}, is {_shown(now.get(key, _MISSING))}"
        for key in {**was, **now}
        if was.get(key, _MISSING) != now.get(key, _MISSING)
    ]


def _digest(path: Path) -> str | None:
    """Return a file's SHA-256; None where it cannot be read."""
    try:
        return sha256(path)
    except OSError:
        return None


def _seconds(manifest: Mapping[str, Any]) -> float:
    seconds = manifest.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else 0.0


def _shown(value: Any) -> str:
    return value if value == _MISSING else repr(value)
