"""Read texts from a tar archive as a stream. Nothing is unpacked to disk, so its paths and links can do no harm."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from erac_vaml.errors import UserError
from erac_vaml.files import open_regular

_GZIP = b"\x1f\x8b"
_MOST_MEMBERS = 10_000
_BLOCK = 1 << 16
"""Bytes per read."""


def read_texts(archive: Path, names: Iterable[str], *, largest: int, most_bytes: int) -> dict[str, str]:
    """Return the named texts, by name, from any folder of the archive.

    Links and devices are skipped. The archive is read to its end, so that gzip verifies its checksum.

    Args:
        archive: a tar file, plain or gzipped.
        names: file names of the texts, without folders.
        largest: maximum size of a text in bytes.
        most_bytes: maximum size of the unpacked archive in bytes, headers included: a small gzip can hold terabytes.

    Raises:
        UserError: the archive is missing, damaged, not a tar file or over a limit; a text is missing or not UTF-8.
    """
    wanted = dict.fromkeys(names)
    found: dict[str, str] = {}
    try:
        with open_regular(archive) as file:
            zipped = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            content = _Limited(gzip.GzipFile(fileobj=file) if zipped else file, most_bytes, archive)
            with tarfile.open(fileobj=content, mode="r|") as tar:
                for number, member in enumerate(tar):
                    if number >= _MOST_MEMBERS:
                        raise UserError(f"{archive}: has over {_MOST_MEMBERS:,} members; give the official archive")
                    content.refuse_beyond(tar.offset)  # Where this header says that the next one begins.
                    name = PurePosixPath(member.name).name
                    if name in wanted and name not in found and member.isfile():
                        found[name] = _text(tar, member, archive, largest)
            while content.read(_BLOCK):
                pass
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise UserError(f"{archive}: {error.strerror}; give the path of a tar file as `archive`") from None
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as error:
        raise UserError(f"{archive}: damaged, or not a tar archive ({error}); fetch it again") from None
    missing = [name for name in wanted if name not in found]
    if missing:
        raise UserError(f"{archive}: has no {missing[0]}; give the official archive")
    return found


class _Limited(io.RawIOBase):
    """A stream with a limit on the bytes that can be read."""

    def __init__(self, stream: io.BufferedIOBase, most_bytes: int, archive: Path) -> None:
        self._stream, self._most_bytes, self._archive = stream, most_bytes, archive
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, less at the end of the stream, and return the number of bytes.

        Raises:
            UserError: the limit is exceeded.
        """
        count = self._stream.readinto(buffer)
        self._position += count
        self.refuse_beyond(self._position)
        return count

    def refuse_beyond(self, position: int) -> None:
        """Check that a position in the stream is within the limit.

        Raises:
            UserError: it is not.
        """
        if position > self._most_bytes:
            raise UserError(f"{self._archive}: unpacks to over {self._most_bytes:,} bytes; give the official archive")


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path, largest: int) -> str:
    if not 0 <= member.size <= largest:
        raise UserError(f"{archive}: {member.name} has {member.size:,} bytes; give the official archive")
    stream = tar.extractfile(member)
    assert stream is not None
    try:
        return stream.read().decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{archive}: {member.name} is not UTF-8; fetch it again") from None
