"""Write whole files, hash files and read JSON: the one place for all folders.

A file is written under a temporary name beside it and renamed, so that a reader finds the old content or the new one,
never half of either.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

_CACHED_DIGESTS = 100_000


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary path to write to; at the end it takes the place of `path`, with the mode that the umask gives.

    An error leaves `path` as it was and no temporary file behind.

    Args:
        path: the file; its folder is made where it is missing.
        durable: wait until the disk has the file. Needed only where the loss of power must not cost what nothing can
            make again.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.unlink(missing_ok=True)
        with open(temporary, "xb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
        yield temporary
        if temporary.stat().st_mode != mode:  # Some libraries, such as safetensors, choose a mode of their own.
            temporary.chmod(mode)
        if durable:
            sync(temporary)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync(path.parent)


def write_bytes(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Replace a file by this content.

    Raises:
        OSError: the file cannot be written; it is as it was.
    """
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str, *, durable: bool = False) -> None:
    """Replace a file by this text, in UTF-8; lines end in a line feed on every system.

    Raises:
        OSError: the file cannot be written; it is as it was.
    """
    write_bytes(path, text.encode("utf-8"), durable=durable)


def write_json(path: Path, content: Any, *, indent: int | None = 1, durable: bool = False) -> None:
    """Replace a file by this content as JSON.

    Raises:
        OSError: the file cannot be written; it is as it was.
    """
    write_bytes(path, json_bytes(content, indent=indent), durable=durable)


def json_bytes(content: Any, *, indent: int | None = 1) -> bytes:
    """Return content as the bytes of a JSON file."""
    return (json.dumps(content, indent=indent, ensure_ascii=False) + "\n").encode("utf-8")


def parse_json(content: str | bytes) -> Any:
    """Return what JSON holds.

    Raises:
        ValueError: it is not valid JSON in UTF-8, or nested too deeply.
    """
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        OSError: the file is missing or cannot be read.
        ValueError: it is not valid JSON in UTF-8, or nested too deeply.
    """
    return parse_json(path.read_bytes())


def try_json(path: Path) -> Any:
    """Return what a JSON file holds; None where it is missing, damaged or cannot be read."""
    try:
        return read_json(path)
    except (OSError, ValueError):
        return None


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; it is computed once while size and time of the file stay the same.

    Raises:
        OSError: the file is missing or cannot be read.
    """
    status = path.stat()
    # The inode too: two files that one process writes within a tick of the clock may be of one size and time.
    return _sha256_of_version(path.absolute(), status.st_size, status.st_mtime_ns, status.st_ino)


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sync(path: Path) -> None:
    """Wait until the disk has a file, or a folder's list of files."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(_CACHED_DIGESTS)
def _sha256_of_version(path: Path, size: int, modified: int, inode: int) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
