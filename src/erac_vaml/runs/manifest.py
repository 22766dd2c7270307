"""Read and write manifest.json: where a run's numbers come from, and the digests of the files that it wrote."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.files import FileDigest, changes, write_json
from erac_vaml.runs.attempts import Attempt

TRAIN_AGAIN = "delete the run's folder and train it again"
"""How to fix a file of a run that is damaged."""
MANIFEST = "manifest.json"
MODEL_FILE = "model.safetensors"

_STRICT = ConfigDict(strict=True)


@dataclass(frozen=True, config=_STRICT)
class ParentRecord:
    """A run that another one started from."""

    run: str
    """Path below results/{experiment}/."""
    model_sha256: str


@dataclass(frozen=True, config=_STRICT)
class DataRecord:
    """The prepared data set that a run was trained on."""

    folder: str
    sha256: Mapping[str, str]
    """Digest of each file by its name."""


@dataclass(frozen=True, config=_STRICT)
class Origin:
    """What a run is made of: known before it is trained."""

    run: str
    """Path below results/{experiment}/, for example "runs/mt/erac/critic1-actor1"."""
    seed: int
    settings: Mapping[str, Any]
    """Every setting that decides its numbers, `section.field` to value."""
    parents: Mapping[str, ParentRecord]
    """By role: `actor`, `critic`, `q_network`."""
    data: DataRecord
    code: str
    """Commit, with `+changes` where the tree differed from it, or version of the package."""
    packages: Mapping[str, str]
    python: str

    @property
    def identity(self) -> dict[str, Any]:
        """What decides a run's numbers, as JSON has it: only a run with the same may continue from its checkpoint.

        The code's version is no part of it: an edited comment must not cost a run. `checkpoint.FORMAT` is.
        """
        content = asdict(self)
        return {name: content[name] for name in ("run", "seed", "settings", "parents", "data")}


@dataclass(frozen=True, config=_STRICT)
class Manifest(Origin):
    """What a finished run was made of, where and when, and what it wrote."""

    platform: str
    device: str
    """Name of the GPU or CPU."""
    threads: int
    peak_memory_bytes: int | None
    """Of the GPU's allocator, or of the process; None where it is unknown."""
    started: str
    """UTC, ISO 8601."""
    ended: str
    seconds: float
    """Of training, over all attempts."""
    epoch_seconds: tuple[float, ...]
    """When each row of history.csv was there, in seconds of training."""
    attempts: tuple[Attempt, ...]
    files: Mapping[str, FileDigest]
    """Digest of each file of the run but this one, by its name."""

    @property
    def on_gpu(self) -> bool:
        """Whether an attempt trained on a GPU."""
        return any(attempt.device.startswith("cuda") for attempt in self.attempts)


_MANIFEST = TypeAdapter(Manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a run's manifest.json.

    Raises:
        OSError: it cannot be written.
    """
    write_json(folder / MANIFEST, asdict(manifest), durable=True)


def read_manifest(folder: Path, run: str | None = None) -> Manifest:
    """Return a run's manifest.

    Args:
        folder: of the run.
        run: its path below results/{experiment}/; None: by the folder's own name.

    Raises:
        UserError: it is missing or damaged, cannot be read, or belongs to another run.
    """
    path = folder / MANIFEST
    try:
        manifest = _MANIFEST.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train the run that writes it first") from None
    except OSError as error:
        raise UnreadableError(path, error) from None
    except ValidationError as error:
        raise UserError(f"{path}: {_fault(error)}; {TRAIN_AGAIN}") from None
    if manifest.run != (run or run_of_folder(folder)):
        raise UserError(f"{path}: belongs to {manifest.run}; put that folder back in its place, or {TRAIN_AGAIN}")
    return manifest


def run_of_folder(folder: Path) -> str:
    """Return the path below results/{experiment}/ of the run whose folder this is."""
    return str(PurePosixPath("runs", *folder.absolute().parts[-3:]))


def check_settings(folder: Path, manifest: Manifest, settings: Mapping[str, Any]) -> None:
    """Check that a run was trained with these settings.

    Raises:
        UserError: it was trained with others.
    """
    found = changes(manifest.settings, settings)
    if found:
        raise UserError(f"{folder}: was trained with other settings, {found[0]}; train that run again")


def checked_file(folder: Path, name: str, manifest: Manifest | None = None) -> Path:
    """Return the path of a file that a run wrote, compared with its digest.

    Args:
        folder: of the run.
        name: of the file.
        manifest: the run's; None reads it.

    Raises:
        UserError: it is missing, was changed or cannot be read; or the manifest is no good.
    """
    path, digest = folder / name, (manifest or read_manifest(folder)).files.get(name)
    if digest is None:
        raise UserError(f"{path}: is no file that the run wrote; {TRAIN_AGAIN}")
    try:
        fault = digest.fault(path)
    except OSError as error:
        raise UnreadableError(path, error) from None
    if fault:
        raise UserError(
            f"{path}: {fault}; put back the file that the run wrote (then `snakemake --touch`), or {TRAIN_AGAIN}"
        )
    return path


def _fault(error: ValidationError) -> str:
    """Return in words what is wrong with a manifest."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] == "missing" and where == "files":
        return "has no digests of the run's files, as older versions wrote it"
    return f"damaged ({where}: {first['msg']})" if where else f"damaged ({first['msg']})"
