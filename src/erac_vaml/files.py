"""Write whole files, hash files and read JSON: the one place for all folders.

A file is written under a temporary name beside it and renamed, so that a reader finds the old content or the new one,
never half of either.
"""

import errno
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_CACHED_DIGESTS = 100_000
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True)
class FileDigest:
    """What a file was when it was written."""

    size: int
    """Bytes."""
    sha256: str
    """In hexadecimal."""

    @classmethod
    def of(cls, path: Path) -> "FileDigest":
        """Return the digest of a file as it is.

        Raises:
            OSError: the file is missing or cannot be read.
        """
        return cls(path.stat().st_size, sha256(path))

    @classmethod
    def of_bytes(cls, content: bytes) -> "FileDigest":
        """Return the digest of a file that holds this content."""
        return cls(len(content), sha256_of(content))

    @classmethod
    def from_json(cls, content: Any) -> "FileDigest":
        """Return the digest that `as_json` gave.

        Raises:
            ValueError: it is none.
        """
        match content:
            case {"size": int(size), "sha256": str(digest)}:
                return cls(size, digest)
        raise ValueError(f"{content!r} is no digest of a file")

    def as_json(self) -> dict[str, Any]:
        """Return the digest as JSON has it."""
        return asdict(self)

    def fault(self, path: Path) -> str | None:
        """Return why a file is not this one any more, in words, or None; its size is compared first.

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
        if isinstance(error, OSError) and error.filename == str(temporary):
            error.filename = str(path)
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
    """Return a file's SHA-256 in hexadecimal; it is computed once while the file's size, times and inode stay.

    Raises:
        OSError: the file is missing or cannot be read.
    """
    status = path.stat()
    version = (path.absolute(), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    # A file that was written a moment ago may be written again within the same tick of the file system's clock.
    settled = time.time_ns() - status.st_ctime_ns > _SETTLED_NS
    return _sha256_of_version(*version) if settled else _sha256_of_version.__wrapped__(*version)


def changes(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in what two mappings of settings differ, "name was x, is y" each, in the order of their keys."""
    missing = "not there"

    def shown(value: Any) -> str:
        return value if value == missing else repr(value)

    return [
        f"{name} was {shown(was.get(name, missing))}, is {shown(now.get(name, missing))}"
        for name in {**was, **now}
        if was.get(name, missing) != now.get(name, missing)
    ]


def short_digest(content: Any) -> str:
    """Return 12 hexadecimal digits that name some settings: the same for equal ones, whatever the order of keys."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256_of(canonical.encode("utf-8"))[:12]


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
def _sha256_of_version(path: Path, size: int, modified: int, changed: int, inode: int) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
