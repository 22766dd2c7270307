"""Read and write checkpoints: everything that a run needs to continue as if it had never been stopped.

A checkpoint is a safetensors file with its own SHA-256 in its name. It gets this name only when the disk has all of it,
so every file with such a name was complete once. A run keeps its newest two checkpoints.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from erac_vaml.errors import UserError
from erac_vaml.files import changes, replacing, sha256, sync
from erac_vaml.runs.stopped import NAME, checkpoints, number_of

FORMAT = 1
"""Version of a checkpoint's content. Raise it when the content changes, so that no file of another version is used."""

_KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint."""

    tensors: dict[str, Tensor]
    """On the CPU."""
    record: dict[str, Any]
    """Everything else, as JSON values."""


def save_checkpoint(folder: Path, identity: dict[str, Any], tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Write a run's next checkpoint and delete all but its newest two.

    Args:
        folder: the run's state folder.
        identity: settings, parents and data of the run. Only a run of the same identity may continue from here.
        tensors: tensors by name, on any device.
        record: JSON values.

    Raises:
        UserError: it cannot be written, for example because the disk is full; the older checkpoints are unchanged.
    """
    there = checkpoints(folder)
    number = 1 + (number_of(there[0]) if there else 0)
    unnamed = folder / f"checkpoint-{number:06d}"
    metadata = {"format": str(FORMAT), "identity": json.dumps(identity), "record": json.dumps(record)}
    try:
        with replacing(unnamed, durable=True) as temporary:
            save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, temporary, metadata)
        os.replace(unnamed, folder / f"{unnamed.name}-{sha256(unnamed)}.safetensors")
        sync(folder)
    except (OSError, SafetensorError) as error:
        reason = (error.strerror or error) if isinstance(error, OSError) else error
        kept = f"the last one, {there[0].name[:17]}, is whole" if there else "there is none yet"
        raise UserError(
            f"{folder}: no checkpoint can be written ({reason}); {kept}; free disk space, or repair the disk, and "
            "start the run again"
        ) from None
    for old in checkpoints(folder)[_KEPT:]:
        old.unlink(missing_ok=True)


def newest_checkpoint(folder: Path, identity: dict[str, Any]) -> Checkpoint | None:
    """Return the newest checkpoint that can be used, or None if the folder has none; report those that cannot be used.

    Raises:
        UserError: there are checkpoints, but none can be used.
    """
    reasons = []
    for path in checkpoints(folder):
        try:
            return read_checkpoint(path, identity)
        except UserError as error:
            reasons.append(str(error).removeprefix(f"{path}: "))
            print(f"Not used: {error}", flush=True)
    if reasons:
        raise UserError(
            f"{folder}: no checkpoint can be used; the newest: {reasons[0]}; to train the run from its start, delete "
            f"the folder: rm -r '{folder}'"
        )
    return None


def read_checkpoint(path: Path, identity: dict[str, Any]) -> Checkpoint:
    """Return the content of a checkpoint.

    Raises:
        UserError: it is damaged, has another version of the format, or belongs to a run of different settings, parents
            or data.
    """
    try:
        name = NAME.fullmatch(path.name)
        if name is None or sha256(path) != name[2]:
            raise UserError(f"{path}: damaged, its SHA-256 is not the one in its name")
        with safe_open(path, "pt") as file:
            metadata = file.metadata()
            if metadata["format"] != str(FORMAT):
                raise UserError(
                    f"{path}: is in version {metadata['format']} of the format, this program reads version {FORMAT}"
                )
            other = difference(json.loads(metadata["identity"]), identity)
            if other is not None:
                raise UserError(f"{path}: was written with another configuration or other inputs: {other}")
            # Copied, because the tensors map the file, which is deleted before the run ends.
            tensors = {key: file.get_tensor(key).clone() for key in file.offset_keys()}
        return Checkpoint(tensors, json.loads(metadata["record"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path}: damaged ({error})") from None


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> str | None:
    """Return the first difference between two identities, in words, or None."""
    return next(iter(changes(dict(_flat(found)), dict(_flat(wanted)))), None)


def _flat(content: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested dictionaries, each with the keys that lead to it."""
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key} ")
        else:
            yield f"{prefix}{key}", value
