"""Read and write manifest.json: the origin of a run's numbers, and the digests of the files that it wrote."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, PositiveInt, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.errors import UnreadableError, UserError, content_fault
from erac_vaml.files import FileDigest, changes, read_regular, write_json
from erac_vaml.plan import run_path
from erac_vaml.runs.attempts import Attempt, Moment

TRAIN_AGAIN = "delete the run's folder and train it again"
"""How to fix a damaged file of a run."""
MANIFEST = "manifest.json"
MODEL_FILE = "model.safetensors"

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


@dataclass(frozen=True, config=_STRICT)
class ParentRecord:
    """A parent of a run: a run that it started from."""

    run: str
    """Path below results/{experiment}/."""
    model_sha256: str


@dataclass(frozen=True, config=_STRICT)
class DataRecord:
    """The prepared data set that a run was trained on."""

    folder: str
    sha256: Mapping[str, str]
    """Digest of each file by name."""


@dataclass(frozen=True, config=_STRICT)
class Origin:
    """Settings, parents, data and code of a run, which are known before it is trained."""

    run: str
    """Path below results/{experiment}/, for example "runs/mt/erac/critic1-actor1"."""
    seed: int
    settings: Mapping[str, Any]
    """Every setting that its numbers depend on, by `section.field`."""
    parents: Mapping[str, ParentRecord]
    """By role: `actor`, `critic`, `q_network`."""
    data: DataRecord
    code: str
    """Commit, with `+changes` if the tree differed from it, or version of the package; of the last attempt."""
    packages: Mapping[str, str]
    python: str

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that the run's numbers depend on, as JSON values. A run continues only from its own identity.

        The code's version is not included: an edited comment must not invalidate a checkpoint. `checkpoint.FORMAT` is
        the version of a checkpoint's content.
        """
        content = asdict(self)
        return {name: content[name] for name in ("run", "seed", "settings", "parents", "data")}


@dataclass(frozen=True, config=_STRICT)
class Manifest(Origin):
    """The origin of a finished run, the machine and times of its training, and the files that it wrote."""

    platform: str
    device: str
    """Name of the GPU or CPU."""
    threads: PositiveInt
    peak_memory_bytes: int | None
    """Peak of the GPU's allocator, or of the process; None if unknown."""
    started: Moment
    """Start of the first attempt, UTC, ISO 8601."""
    ended: Moment
    seconds: float
    """Seconds of training in all attempts."""
    epoch_seconds: tuple[float, ...]
    """Seconds of training up to each row of history.csv."""
    attempts: tuple[Attempt, ...]
    files: Mapping[str, FileDigest]
    """Digest of each file of the run except the manifest, by name."""

    @property
    def codes(self) -> frozenset[str]:
        """The versions of the code that trained the run: another one may continue a stopped run."""
        return frozenset({self.code, *(attempt.code for attempt in self.attempts if attempt.code)})

    @property
    def on_gpu(self) -> bool:
        """Whether an attempt trained on a GPU."""
        return any(attempt.device.startswith("cuda") for attempt in self.attempts)


_MANIFEST = TypeAdapter(Manifest)
_ORIGIN = TypeAdapter(Origin)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a run's manifest.json.

    Raises:
        OSError: the file cannot be written.
    """
    write_json(folder / MANIFEST, asdict(manifest), durable=True)


def origin_of(identity: dict[str, Any]) -> Origin:
    """Return the origin that has an identity, without its code and packages, which are not part of an identity.

    Raises:
        ValueError: it is no identity.
    """
    return _ORIGIN.validate_json(json.dumps(identity | {"code": "", "packages": {}, "python": ""}))


def parse_manifest(content: bytes) -> Manifest:
    """Return the manifest that is the content of a manifest.json.

    Raises:
        ValueError: it is damaged; the message says where.
    """
    try:
        return _MANIFEST.validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "missing" and first["loc"] == ("files",):
            raise ValueError("has no digests of the run's files, as older versions wrote it") from None
        raise ValueError(f"damaged ({content_fault(error)})") from None


def read_manifest(folder: Path, run: str | None = None) -> Manifest:
    """Return a run's manifest.

    Args:
        folder: folder of the manifest.
        run: the run's path below results/{experiment}/; None: the path that ends the folder's own.

    Raises:
        UserError: the manifest is missing or damaged, cannot be read, or belongs to another run.
    """
    path = folder / MANIFEST
    try:
        manifest = parse_manifest(read_regular(path))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train the run that writes it first") from None
    except OSError as error:
        raise UnreadableError(path, error) from None
    except ValueError as error:
        raise UserError(f"{path}: {error}; {TRAIN_AGAIN}") from None
    if manifest.run != (run or str(run_path(*folder.absolute().parts[-3:]))):
        raise UserError(f"{path}: belongs to {manifest.run}; put that folder back in its place, or {TRAIN_AGAIN}")
    return manifest


def check_settings(folder: Path, manifest: Manifest, settings: Mapping[str, Any]) -> None:
    """Check that a run was trained with these settings.

    Raises:
        UserError: it was trained with different settings.
    """
    found = changes(manifest.settings, settings)
    if found:
        raise UserError(f"{folder}: was trained with other settings, {found[0]}; train that run again")


def checked_file(folder: Path, name: str, manifest: Manifest | None = None) -> Path:
    """Check the digest of a file that a run wrote, and return the file's path.

    Args:
        folder: the run's folder.
        name: name of the file.
        manifest: the run's manifest; None: read it from the folder.

    Raises:
        UserError: the file is missing, was changed or cannot be read, or the manifest cannot be used.
    """
    path, digest = folder / name, (manifest or read_manifest(folder)).files.get(name)
    if digest is None:
        raise UserError(f"{path}: is no file that the run wrote; {TRAIN_AGAIN}")
    digest.check(path, f"put back the file that the run wrote (then `snakemake --touch`), or {TRAIN_AGAIN}")
    return path
