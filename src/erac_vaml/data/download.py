"""Fetching a file over HTTP: gone on with where it broke off, checked, and under its name only when it is whole."""

import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from tqdm import tqdm

from erac_vaml import files
from erac_vaml.errors import UserError

_BLOCK = 1 << 16
"""Bytes that are read at once."""
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
"""Refusals of a request, besides the server's own faults (5xx), that may be over at the next try."""
_BY_HAND = "fetch it by hand and give its path as `archive`"


class _BrokenOffError(Exception):
    """The transfer ended early, and another try may do better; says why."""


def download(
    url: str,
    path: Path,
    *,
    largest: int,
    sha256: str | None = None,
    stall_seconds: float = 60.0,
    pauses: Sequence[float] = (1.0, 4.0, 16.0),
) -> None:
    """Fetch a file; it appears under its name only when it is whole.

    What has arrived is kept beside it (`_Part`). The next try, or the next call, goes on from there where the server
    can and still has the same file.

    Args:
        url: http or https.
        path: the file to write; its folder is made if need be.
        largest: bytes that it may have, so that a wrong address cannot fill the disk.
        sha256: expected checksum, in hexadecimal; None takes any.
        stall_seconds: how long the server may send nothing.
        pauses: seconds before the second try, the third, and so on.

    Raises:
        UserError: the address is none of http or https, the server has no such file, none of the tries comes to the
            end, the file is too large or has another checksum, or the disk is full.
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
    """What has arrived of a file so far: `NAME.part`; and beside it, in `NAME.part.json`, what it is a part of."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path.with_name(path.name + ".part")
        self.url = url
        self.whole: int | None = None
        """Bytes of the whole file, as far as the server has said."""
        self._final = path
        self._origin = path.with_name(path.name + ".part.json")

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str | None:
        """What tells the server which version this is a part of; None where there is nothing to go on from."""
        with suppress(OSError, ValueError, KeyError, TypeError):  # There is none, or it was damaged.
            origin = files.read_json(self._origin)
            if origin["url"] == self.url and self.size > 0:
                return str(origin["validator"]) if origin["validator"] else None
        return None

    def begin(self, validator: str | None) -> None:
        """Begin anew, with another version of the file."""
        # First what is said of the old part: it must never be read beside the new one.
        self._origin.unlink(missing_ok=True)
        self.path.write_bytes(b"")
        files.write_json(self._origin, {"url": self.url, "validator": validator})

    def discard(self) -> None:
        """Leave nothing."""
        self._origin.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def prospect(self) -> str:
        """Return what is there after the last try and what to do; what nobody can go on from is deleted."""
        if self.validator is None:
            self.discard()
            return f"nothing is kept of it; run it again, or {_BY_HAND}"
        of_whole = "" if self.whole is None else f" of {self.whole:,}"
        return (
            f"{self.size:,}{of_whole} bytes are in {self.path}; run it again, and it goes on from there, or {_BY_HAND}"
        )

    def publish(self, sha256: str | None) -> None:
        """Give the whole file its name.

        Raises:
            UserError: it has another checksum; it is deleted.
        """
        if sha256 is not None:
            found = files.sha256(self.path)
            if found != sha256:
                self.discard()
                raise UserError(
                    f"{self.url}: its sha256 is {found}, not {sha256} as expected; correct the one or the other"
                )
        os.replace(self.path, self._final)
        self._origin.unlink(missing_ok=True)


def _refuse_other_addresses(url: str) -> None:
    """Check that an address is http or https: urllib would read file:// and ftp:// too.

    Raises:
        UserError: it is not.
    """
    with suppress(ValueError):
        parts = urlsplit(url if url.isascii() and url.isprintable() and " " not in url else "")
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return
    raise UserError(f"{url}: no address of a file on a server; give one that begins with http:// or https://")


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens http and https alone, also after the server has sent it elsewhere."""
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
    """Try once to let a part become whole.

    Raises:
        _BrokenOffError: it is not, and another try may go on.
        UserError: no other try would do better.
    """
    with _open(part, stall_seconds) as response:
        try:
            size = _take_up(part, response)
            _refuse_larger(part, part.whole or 0, largest)
            with part.path.open("ab") as stream, _progress(part, size) as progress:
                while block := _block(response):
                    size += len(block)
                    _refuse_larger(part, size, largest)
                    stream.write(block)
                    progress.update(len(block))
        except OSError as error:  # Of the disk: those of the network are told as broken off.
            raise UserError(
                f"{part.path}: cannot be written ({error.strerror}); make room, or mend the disk, and run it again"
            ) from None
    if part.whole is not None and size != part.whole:
        raise _BrokenOffError("broke off")


def _open(part: _Part, stall_seconds: float) -> http.client.HTTPResponse:
    """Ask for the file, or for what is wanting of it.

    Raises:
        _BrokenOffError: the server cannot be reached, is at fault itself, or has no such part.
        UserError: it has no such file, or gives it to nobody.
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
            raise _BrokenOffError("the server has no more bytes than are there, so it is begun anew") from None
        if error.code in _PASSING or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _BrokenOffError(_words(error)) from None
        raise UserError(f"{part.url}: {_words(error)}; correct the address, or {_BY_HAND}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # The last: a name that no server can have.
        raise _BrokenOffError(_words(error)) from None


def _take_up(part: _Part, response: http.client.HTTPResponse) -> int:
    """Prepare the part for what an answer brings, and note how large the whole is; return the bytes that it has.

    Raises:
        _BrokenOffError: these are bytes of another place or version; the next try begins anew.
    """
    validator = _validator(response)
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        part.begin(validator)
        part.whole = response.length
        return 0
    size = part.size
    place = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    # A server that knows no If-Range may have another version by now.
    if place is None or int(place[1]) != size or validator not in (None, part.validator):
        part.discard()
        raise _BrokenOffError("the server has sent another part, so it is begun anew")
    part.whole = None if place[2] == "*" else int(place[2])
    return size


def _validator(response: http.client.HTTPResponse) -> str | None:
    """Return what If-Range can ask for: a strong ETag, or else the date; a weak ETag does not mean the same bytes."""
    tag = response.headers.get("ETag")
    if tag is not None:
        return None if tag.startswith("W/") else tag
    return response.headers.get("Last-Modified")


def _progress(part: _Part, size: int) -> "tqdm[NoReturn]":
    """Return a bar that has come as far as the part's size."""
    return tqdm(total=part.whole, initial=size, desc=part.path.stem, unit="B", unit_scale=True, disable=None)


def _block(response: http.client.HTTPResponse) -> bytes:
    """Return the next bytes that have come, none at the end.

    Raises:
        _BrokenOffError: the connection broke, or nothing came for too long.
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
    """Return what an error says, in one line."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {' '.join(str(error.reason).split())}"
    reason = getattr(error, "reason", error)
    return " ".join(str(reason).split()) or type(reason).__name__
