"""Read and write checkpoints: all that a run needs to continue as if it had never been stopped.

A checkpoint is a safetensors file with its own SHA-256 in its name. It is written under another name, synced and
renamed, so that every file with such a name was whole once. A run keeps its newest two.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from erac_vaml.errors import UserError
from erac_vaml.files import replacing, sha256, sync

FORMAT = 1
"""Version of a checkpoint's content: raised when that changes, so that no other version's file is used."""

_KEPT = 2
_NAME = re.compile(r"checkpoint-(\d{6,})-([0-9a-f]{64})\.safetensors")


@dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint."""

    tensors: dict[str, Tensor]
    """On the CPU."""
    record: dict[str, Any]
    """Everything else, as JSON has it."""


def save_checkpoint(folder: Path, identity: dict[str, Any], tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Write a run's next checkpoint and delete all but its newest two.

    Args:
        folder: the run's state folder.
        identity: what the run is made of: settings, parents, data. Only a run with the same may continue from here.
        tensors: by name, from any device.
        record: numbers and text, as JSON can hold them.

    Raises:
        UserError: it cannot be written, for example because the disk is full; the older ones are as they were.
    """
    there = checkpoints(folder)
    number = 1 + (_number(there[0]) if there else 0)
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
            f"{folder}: no checkpoint can be written ({reason}); {kept}; make room, or repair the disk, and start the "
            "run again"
        ) from None
    for old in checkpoints(folder)[_KEPT:]:
        old.unlink(missing_ok=True)


def newest_checkpoint(folder: Path, identity: dict[str, Any]) -> Checkpoint | None:
    """Return the newest checkpoint that can be used, or None where there is none; say which cannot and why.

    Raises:
        UserError: there are some, and none can be used.
    """
    reasons = []
    for path in checkpoints(folder):
        try:
            return read_checkpoint(path, identity)
        except UserError as error:
            reasons.append(str(error))
            print(f"Not used: {error}", flush=True)
    if reasons:
        raise UserError(
            f"{folder}: none of its {len(reasons)} checkpoints can be used (the newest: {reasons[0]}); to train the "
            f"run from its start, delete the folder: rm -r '{folder}'"
        )
    return None


def read_checkpoint(path: Path, identity: dict[str, Any]) -> Checkpoint:
    """Return what a checkpoint holds.

    Raises:
        UserError: it is damaged, of another version of the format, or of a run of other settings, parents or data.
    """
    try:
        name = _NAME.fullmatch(path.name)
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
                raise UserError(f"{path}: belongs to another run: {other}")
            # Copied: the tensors lie in the file, which is deleted before the run has ended.
            tensors = {key: file.get_tensor(key).clone() for key in file.offset_keys()}
        return Checkpoint(tensors, json.loads(metadata["record"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: damaged ({error})") from None


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints in a run's state folder, newest first."""
    found = [path for path in folder.glob("checkpoint-*") if _NAME.fullmatch(path.name)]
    return sorted(found, key=_number, reverse=True)


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> str | None:
    """Return the first thing in which two identities differ, in words, or None."""
    before, now = dict(_flat(found)), dict(_flat(wanted))
    for key in sorted(before.keys() | now.keys()):
        if key not in before or key not in now or before[key] != now[key]:
            return f"{key} was {before.get(key, 'not there')!r}, is {now.get(key, 'not there')!r}"
    return None


def _flat(content: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key} ")
        else:
            yield f"{prefix}{key}", value


def _number(path: Path) -> int:
    return int(path.name.split("-")[1])
