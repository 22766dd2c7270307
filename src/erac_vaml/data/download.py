"""Download a file over HTTP: resume it, bound its size and time, and give it its name only when it is complete.

pooch 1.9.0 lacks what 13.5 GB of images need. It deletes its temporary file after a break, so a download starts again;
a custom downloader gets only that file. It limits neither size nor average speed, retries a missing page as often as a
busy server, and has one address for each file.
"""

import re
import shutil
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import requests
import urllib3
from tqdm import tqdm

from erac_vaml import files
from erac_vaml.errors import UserError

_BLOCK = 1 << 16
"""Bytes per read."""
_STALL_SECONDS = 60.0
"""Seconds that a server may send nothing."""
_SLOWEST = 10_000.0
"""Bytes per second that must have arrived on average of an attempt, once it has lasted `_STALL_SECONDS`."""
_MOST_SECONDS = 86_400.0
"""How long a download may take, all attempts together."""
_PAUSES = (1.0, 4.0, 16.0)
"""Seconds before the second attempt, the third, and so on."""
_PROGRESS = 1 << 20
"""Bytes after which an attempt counts as the first one again, because a long download may break more often."""
_TEMPORARY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
"""Client errors that may be gone at the next attempt, as server errors (5xx) may."""


class RefusedError(Exception):
    """An address does not have the file; the message says what is wrong."""


class _BrokenOffError(Exception):
    """The transfer failed, and another attempt may succeed; the message says why it failed."""


def download(url: str, path: Path, most_bytes: int) -> None:
    """Download a file; it appears under its name only when it is complete.

    The bytes that have arrived are kept beside it (`_Part`). The next attempt, or the next call, resumes there if the
    server can do so and still has the same file. A call takes no longer than `_MOST_SECONDS`.

    Args:
        url: an http or https address.
        path: the file to write, in a folder that exists.
        most_bytes: maximum size in bytes, so that a wrong address cannot fill the disk.

    Raises:
        RefusedError: the address is neither http nor https, the server has no such file, it is too large, all
            attempts failed, or the time is over.
        UserError: the disk is full.
    """
    part, pauses = _Part(path, url), [*_PAUSES]
    end = time.monotonic() + _MOST_SECONDS
    while True:
        before = part.size
        try:
            _attempt(part, most_bytes, end)
        except _BrokenOffError as error:
            if part.size - before >= _PROGRESS:
                pauses = [*_PAUSES]
            if not pauses:
                raise RefusedError(f"{error}, in {len(_PAUSES) + 1} tries; {part.prospect()}") from None
            pause = pauses.pop(0)
            print(f"{url}: {error}; trying again in {pause:g} s", flush=True)
            time.sleep(pause)
        else:
            part.publish()
            return


class _Part:
    """The bytes of a file that have arrived, `NAME.part`, and the origin of these bytes, `NAME.part.json`."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path.with_name(path.name + ".part")
        self.url = url
        self.whole: int | None = None
        """Size of the complete file in bytes, if the server has sent it."""
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
        """Return in words what the attempts left; delete it if it cannot be resumed."""
        if self.validator is None:
            if self.whole is not None:  # It is of this address. One of another address may still be resumed.
                self.discard()
            return "nothing is kept of it"
        of_whole = "" if self.whole is None else f" of {self.whole:,}"
        return f"{self.size:,}{of_whole} bytes are kept in {self.path}"

    def publish(self) -> None:
        """Rename the complete file to its own name."""
        self.path.replace(self._final)
        self._origin.unlink(missing_ok=True)


def _attempt(part: _Part, most_bytes: int, end: float) -> None:
    """Try once to complete a part, until `end` of the monotonic clock.

    Raises:
        _BrokenOffError: the attempt failed, and another may succeed.
        RefusedError: another attempt would fail too.
        UserError: the disk is full.
    """
    validator = part.validator
    headers = {"Accept-Encoding": "identity"}
    if validator is not None:
        headers |= {"Range": f"bytes={part.size}-", "If-Range": validator}
    try:
        with requests.get(part.url, headers=headers, stream=True, timeout=_STALL_SECONDS) as response:
            _receive(part, response, most_bytes, end)
    except ValueError as error:  # requests' errors of an address: no scheme, another one than http, no host.
        raise RefusedError(f"not an address that can be fetched ({_words(error)})") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _BrokenOffError(_words(error)) from None
    except OSError as error:
        raise UserError(
            f"{part.path}: cannot be written ({error.strerror}); free some space, or repair the disk, and run it again"
        ) from None


def _receive(part: _Part, response: requests.Response, most_bytes: int, end: float) -> None:
    """Append what a response brings to a part."""
    first = size = _take_up(part, response)
    whole = part.whole or size
    free = shutil.disk_usage(part.path.parent).free
    if size <= whole <= most_bytes and whole - size > free:
        raise UserError(
            f"{part.path}: {whole - size:,} more bytes are needed, {free:,} are free on its disk; free some space, "
            "and try again"
        )
    start = time.monotonic()
    with (
        part.path.open("ab") as stream,
        tqdm(total=part.whole, initial=size, desc=part.path.stem, unit="B", unit_scale=True, disable=None) as bar,
    ):
        while max(size, whole) <= most_bytes:
            # Not `iter_content`, which waits until a block is full, however slowly it fills.
            block = response.raw.read1(_BLOCK)
            if not block:
                return
            size += stream.write(block)
            bar.update(len(block))
            now = time.monotonic()
            seconds = now - start
            if now > end:
                raise RefusedError(f"not complete after {_MOST_SECONDS / 3600:g} hours; {part.prospect()}")
            if seconds > _STALL_SECONDS and size - first < _SLOWEST * seconds:
                raise _BrokenOffError(f"sent under {_SLOWEST:,.0f} bytes per second")
    part.discard()
    raise RefusedError(f"has over {most_bytes:,} bytes, more than the file can have")


def _take_up(part: _Part, response: requests.Response) -> int:
    """Prepare the part for a response, and note the size of the complete file; return the size of the part.

    Raises:
        RefusedError: the server has no such file, or refuses access.
        _BrokenOffError: the server has an error of its own, or sends other bytes or another version than asked for.
    """
    status, validator = response.status_code, _validator(response)
    if status == HTTPStatus.OK:
        part.begin(validator)
        part.whole = response.raw.length_remaining
        return 0
    size = part.size
    place = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    same = validator in (None, part.validator)  # A server that ignores If-Range may send another version.
    if status == HTTPStatus.PARTIAL_CONTENT and place is not None and int(place[1]) == size and same:
        part.whole = None if place[2] == "*" else int(place[2])
        return size
    if status in (HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
        part.discard()
        raise _BrokenOffError("the server does not have the rest of this file")
    words = f"HTTP {status} {' '.join(str(response.reason).split())}"
    if status in _TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _BrokenOffError(words)
    raise RefusedError(words)


def _validator(response: requests.Response) -> str | None:
    """Return a value for If-Range: a strong ETag, or else the date; an equal weak ETag does not mean equal bytes."""
    tag = response.headers.get("ETag")
    if tag is not None:
        return None if tag.startswith("W/") else tag
    return response.headers.get("Last-Modified")


def _words(error: Exception) -> str:
    """Return the message of the error inside an error of requests, in one line."""
    inner = getattr(error, "reason", None) or (error.args[-1] if error.args else None)
    if isinstance(inner, Exception):
        return _words(inner)
    return " ".join(str(error).split()) or type(error).__name__
