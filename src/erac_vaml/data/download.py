"""Download a file over HTTP: resume it, check it, and give it its name only when it is complete."""

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from tqdm import tqdm

from erac_vaml import files
from erac_vaml.errors import UserError

_BLOCK = 1 << 16
"""Bytes per read."""
_TEMPORARY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
"""Client errors that may be gone at the next attempt, as server errors (5xx) may."""
_BY_HAND = "fetch it by hand and give its path as `archive`"


class _BrokenOffError(Exception):
    """The transfer failed, and another attempt may succeed; the message says why it failed."""


def download(
    url: str,
    path: Path,
    *,
    largest: int,
    sha256: str | None = None,
    stall_seconds: float = 60.0,
    pauses: Sequence[float] = (1.0, 4.0, 16.0),
) -> None:
    """Download a file; it appears under its name only when it is complete.

    The bytes that have arrived are kept beside it (`_Part`). The next attempt, or the next call, resumes there if the
    server can do so and still has the same file.

    Args:
        url: an http or https address.
        path: the file to write; a missing folder is created.
        largest: maximum size in bytes, so that a wrong address cannot fill the disk.
        sha256: expected checksum in hexadecimal; None accepts any.
        stall_seconds: how long the server may send nothing.
        pauses: seconds before the second attempt, the third, and so on.

    Raises:
        UserError: the address is neither http nor https, the server has no such file, all attempts fail, the file is
            too large or has another checksum, or the disk is full.
    """
    _refuse_other_addresses(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(path, url)
    for pause in (*pauses, None):
        try:
            _fetch(part, largest, stall_seconds)
            break
        except _BrokenOffError as error:
            if pause is None:
                raise UserError(f"{url}: {error}, in {len(pauses) + 1} tries; {part.prospect()}") from None
            print(f"{url}: {error}; trying again in {pause:g} s", flush=True)
            time.sleep(pause)
    part.publish(sha256)


class _Part:
    """The bytes of a file that have arrived, `NAME.part`, and the origin of these bytes, `NAME.part.json`."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path.with_name(path.name + ".part")
        self.url = url
        self.whole: int | None = None
        """Size of the complete file in bytes, if the server has said it."""
        self._final = path
        self._origin = path.with_name(path.name + ".part.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str | None:
        """Identifier of the file's version for the server; None if the download cannot be resumed."""
        with suppress(OSError, ValueError, KeyError, TypeError):  # It is missing or damaged.
            origin = files.read_json(self._origin)
            if origin["url"] == self.url and self.size > 0:
                return str(origin["validator"]) if origin["validator"] else None
        return None

    def begin(self, validator: str | None) -> None:
        """Start again, with another version of the file."""
        # The old origin goes first: it must never be read with the new bytes.
        self._origin.unlink(missing_ok=True)
        self.path.write_bytes(b"")
        files.write_json(self._origin, {"url": self.url, "validator": validator})

    def discard(self) -> None:
        """Delete the bytes and their origin."""
        self._origin.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def prospect(self) -> str:
        """Return what the last attempt left and what to do, in words; delete it if it cannot be resumed."""
        if self.validator is None:
            self.discard()
            return f"nothing is kept of it; run it again, or {_BY_HAND}"
        of_whole = "" if self.whole is None else f" of {self.whole:,}"
        return f"{self.size:,}{of_whole} bytes are in {self.path}; run it again to resume, or {_BY_HAND}"

    def publish(self, sha256: str | None) -> None:
        """Rename the complete file to its own name.

        Raises:
            UserError: the checksum is another one; the file is deleted.
        """
        if sha256 is not None:
            found = files.sha256(self.path)
            if found != sha256:
                self.discard()
                raise UserError(
                    f"{self.url}: its sha256 is {found}, not {sha256} as expected; correct the address or the checksum"
                )
        self.path.replace(self._final)
        self._origin.unlink(missing_ok=True)


def _refuse_other_addresses(url: str) -> None:
    """Check that an address is http or https; urllib would also read file:// and ftp://.

    Raises:
        UserError: it is not.
    """
    with suppress(ValueError):
        parts = urlsplit(url if url.isascii() and url.isprintable() and " " not in url else "")
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return
    raise UserError(f"{url}: not the address of a file on a server; give one with http:// or https://")


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener for http and https only, also after a redirect."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


def _fetch(part: _Part, largest: int, stall_seconds: float) -> None:
    """Try once to complete a part.

    Raises:
        _BrokenOffError: the attempt failed, and another may succeed.
        UserError: another attempt would fail too.
    """
    with _open(part, stall_seconds) as response:
        try:
            size = _take_up(part, response)
            _refuse_larger(part, part.whole or 0, largest)
            with (
                part.path.open("ab") as stream,
                tqdm(
                    total=part.whole, initial=size, desc=part.path.stem, unit="B", unit_scale=True, disable=None
                ) as bar,
            ):
                while block := _block(response):
                    size += len(block)
                    _refuse_larger(part, size, largest)
                    stream.write(block)
                    bar.update(len(block))
        except OSError as error:  # Of the disk; errors of the network arrive as _BrokenOffError.
            raise UserError(
                f"{part.path}: cannot be written ({error.strerror}); make room, or repair the disk, and run it again"
            ) from None
    if part.whole is not None and size != part.whole:
        raise _BrokenOffError("broke off")


def _open(part: _Part, stall_seconds: float) -> http.client.HTTPResponse:
    """Request the file, or the rest of it.

    Raises:
        _BrokenOffError: the server cannot be reached, has an error of its own, or has no such part.
        UserError: the server has no such file, or refuses access.
    """
    validator = part.validator
    headers = {} if validator is None else {"Range": f"bytes={part.size}-", "If-Range": validator}
    try:
        response: http.client.HTTPResponse = _opener().open(
            urllib.request.Request(part.url, headers=headers), timeout=stall_seconds
        )
        return response
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.discard()
            raise _BrokenOffError("the server has no bytes after this part") from None
        if error.code in _TEMPORARY or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _BrokenOffError(_words(error)) from None
        raise UserError(f"{part.url}: {_words(error)}; correct the address, or {_BY_HAND}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an invalid host name.
        raise _BrokenOffError(_words(error)) from None


def _take_up(part: _Part, response: http.client.HTTPResponse) -> int:
    """Prepare the part for a response, and note the size of the complete file; return the size of the part.

    Raises:
        _BrokenOffError: the response has other bytes, or another version; the next attempt starts again.
    """
    validator = _validator(response)
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        part.begin(validator)
        part.whole = response.length
        return 0
    size = part.size
    place = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    # A server that ignores If-Range may send another version.
    if place is None or int(place[1]) != size or validator not in (None, part.validator):
        part.discard()
        raise _BrokenOffError("the server sent another part")
    part.whole = None if place[2] == "*" else int(place[2])
    return size


def _validator(response: http.client.HTTPResponse) -> str | None:
    """Return a value for If-Range: a strong ETag, or else the date; an equal weak ETag does not mean equal bytes."""
    tag = response.headers.get("ETag")
    if tag is not None:
        return None if tag.startswith("W/") else tag
    return response.headers.get("Last-Modified")


def _block(response: http.client.HTTPResponse) -> bytes:
    """Return the next bytes that have arrived, none at the end.

    Raises:
        _BrokenOffError: the connection failed, or nothing arrived for too long.
    """
    try:
        return response.read1(_BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(_words(error)) from None


def _refuse_larger(part: _Part, size: int, largest: int) -> None:
    if size > largest:
        part.discard()
        raise UserError(f"{part.url}: has over {largest:,} bytes, more than the file can have; correct the address")


def _words(error: Exception) -> str:
    """Return an error's message in one line."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {' '.join(str(error.reason).split())}"
    reason = getattr(error, "reason", error)
    return " ".join(str(reason).split()) or type(reason).__name__
