"""Atomic writes, digests of files, and JSON.

A file is written under a temporary name beside it and then renamed. So a reader finds the old content or the new one,
never a part of either.
"""

import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import Any

from erac_vaml.errors import UnreadableError, UserError

_CACHED_DIGESTS = 100_000
_SETTLED_NS = 2_000_000_000
_MOST_BYTES = 2**30
"""Of a file that is read as a whole; the largest, COCO's split, has a seventh."""


@dataclass(frozen=True)
class FileDigest:
    """Size and SHA-256 of a file when it was written."""

    size: int
    """Bytes."""
    sha256: str
    """In hexadecimal."""

    @classmethod
    def of(cls, path: Path) -> "FileDigest":
        """Return the digest of a file.

        Raises:
            OSError: the file is missing or cannot be read.
        """
        return cls(path.stat().st_size, sha256(path))

    @classmethod
    def of_bytes(cls, content: bytes) -> "FileDigest":
        """Return the digest of a file with this content."""
        return cls(len(content), sha256_of(content))

    @classmethod
    def from_json(cls, content: Any) -> "FileDigest":
        """Return the digest that `as_json` turned into this content.

        Raises:
            ValueError: the content is not a digest.
        """
        match content:
            case {"size": int(size), "sha256": str(digest)}:
                return cls(size, digest)
        raise ValueError(f"{content!r} is not a digest of a file")

    def as_json(self) -> dict[str, Any]:
        """Return the digest as a JSON object."""
        return asdict(self)

    def fault(self, path: Path) -> str | None:
        """Return in words how a file differs from this digest, or None; the size is compared first.

        Raises:
            OSError: the file is there but cannot be read, for example because it is another user's.
        """
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return "is missing"
        if size != self.size:
            return f"has {size:,} bytes, {self.size:,} were written"
        return None if sha256(path) == self.sha256 else "was changed: its SHA-256 is not the recorded one"

    def check(self, path: Path, fix: str) -> None:
        """Compare a file with this digest; `fix` says in the message how to fix one that differs.

        Raises:
            UserError: the file is missing, was changed or cannot be read.
        """
        try:
            fault = self.fault(path)
        except OSError as error:
            raise UnreadableError(path, error) from None
        if fault:
            raise UserError(f"{path}: {fault}; {fix}")


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary path to write to, then rename it to `path`, with the mode that the umask gives.

    After an error `path` is unchanged and the temporary file is deleted.

    Args:
        path: the file; a missing folder is created.
        durable: wait until the file is on disk. Needed only for data that could not be made again after a power loss.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
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
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            # When the disk is full, a write names no file, and a copy names its source first.
            named = {str(error.filename), str(error.filename2)}
            if error.filename is None or str(temporary) in named:
                error.filename = str(path)
        raise
    if durable:
        sync(path.parent)


def write_bytes(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Replace a file's content.

    Raises:
        OSError: the file cannot be written; it is unchanged.
    """
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str, *, durable: bool = False) -> None:
    """Replace a file's content by a text in UTF-8; lines end in a line feed on every system.

    Raises:
        OSError: the file cannot be written; it is unchanged.
    """
    write_bytes(path, text.encode("utf-8"), durable=durable)


def write_json(path: Path, content: Any, *, indent: int | None = 1, durable: bool = False) -> None:
    """Replace a file's content by JSON.

    Raises:
        OSError: the file cannot be written; it is unchanged.
    """
    write_bytes(path, json_bytes(content, indent=indent), durable=durable)


def json_bytes(content: Any, *, indent: int | None = 1) -> bytes:
    """Return content as the bytes of a JSON file."""
    return (json.dumps(content, indent=indent, ensure_ascii=False) + "\n").encode("utf-8")


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading; a pipe or a device might never end.

    Raises:
        UserError: it is a pipe, a socket or a device.
        OSError: it is missing, is a folder, or cannot be read.
    """
    # Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise UserError(f"{path}: is a pipe or a device; give a regular file, or pipe a text into a command that takes `-`")


def read_regular(path: Path, most_bytes: int = _MOST_BYTES) -> bytes:
    """Return the content of a regular file.

    Raises:
        UserError: it is a pipe, a socket or a device, or larger than `most_bytes`.
        OSError: it is missing, is a folder, or cannot be read.
    """
    with open_regular(path) as stream:
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise UserError(f"{path}: is over {most_bytes:,} bytes; give a smaller file")
    return content


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        UserError: it is a pipe, a socket or a device, or too large.
        OSError: the file is missing or cannot be read.
        ValueError: the content is not valid JSON in UTF-8, or is nested too deeply.
    """
    try:
        return json.loads(read_regular(path))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def try_json(path: Path) -> Any:
    """Return the content of a JSON file, or None if it is missing, damaged or unreadable."""
    try:
        return read_json(path)
    except (UserError, OSError, ValueError):
        return None


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; it is cached until the file's size, times or inode change.

    Raises:
        UserError: it is a pipe, a socket or a device.
        OSError: the file is missing or cannot be read.
    """
    status = path.stat()
    version = (path.absolute(), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    # A file that was just written may be written again within the same tick of the file system's clock.
    settled = time.time_ns() - status.st_ctime_ns > _SETTLED_NS
    return _sha256_of_version(*version) if settled else _sha256_of_version.__wrapped__(*version)


def changes(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the differences of two mappings of settings, "name was x, is y" each, in the order of their keys."""

    def shown(settings: Mapping[str, Any], name: str) -> str:
        return repr(settings[name]) if name in settings else "not there"

    return [
        f"{name} was {shown(was, name)}, is {shown(now, name)}"
        for name in {**was, **now}
        if name not in was or name not in now or was[name] != now[name]
    ]


def short_digest(content: Any) -> str:
    """Return 12 hexadecimal digits that identify JSON content, whatever the order of its keys."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256_of(canonical.encode("utf-8"))[:12]


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(_CACHED_DIGESTS)
def _sha256_of_version(path: Path, size: int, modified: int, changed: int, inode: int) -> str:
    with open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
