"""Downloads from a local server that stalls, disconnects, changes its file or sends wrong answers."""

import hashlib
import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from erac_vaml.data.download import download
from erac_vaml.errors import UserError

CONTENT = bytes(range(256)) * 4096
LARGEST = 2 * len(CONTENT)


@dataclass
class Server:
    """The served file, the faults of the server, and the requests."""

    url: str = ""
    content: bytes = CONTENT
    validator: tuple[str, str] | None = ("ETag", '"one"')
    breaks: list[int] = field(default_factory=list)
    """Bytes after which the next answers break off; later answers are complete."""
    ranges: bool = True
    if_range: bool = True
    chunked: bool = False
    speaks: Event = field(default_factory=Event)
    """If it is set, answers have a body; otherwise the server stalls before it."""
    statuses: list[int] = field(default_factory=list)
    """Statuses of the next answers; later answers have the right one."""
    location: str = ""
    asked: list[str | None] = field(default_factory=list)
    """The header Range of each request."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, server: Server, *args: object) -> None:
        self.subject = server
        super().__init__(*args)

    def do_GET(self) -> None:
        subject = self.subject
        wanted = self.headers["Range"]
        subject.asked.append(wanted)
        self.close_connection = True
        if subject.statuses:
            return self.answer(subject.statuses.pop(0), b"", {"Location": subject.location})
        content = subject.content
        same = not subject.if_range or (subject.validator and self.headers["If-Range"] == subject.validator[1])
        if not wanted or not subject.ranges or not same:
            return self.answer(200, content, {})
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        if start >= len(content):
            return self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        place = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self.answer(206, content[start:], {"Content-Range": place})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | dict([self.subject.validator] if self.subject.validator else [])).items():
            self.send_header(name, value)
        chunked = self.subject.chunked
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))))
        self.end_headers()
        self.wfile.flush()
        self.subject.speaks.wait()
        sent = body[: self.subject.breaks.pop(0)] if self.subject.breaks and status < 300 else body
        with suppress(ConnectionError):  # The client may have left.
            self.wfile.write(b"%x\r\n%b" % (len(body), sent) if chunked else sent)
            self.wfile.write(b"\r\n0\r\n\r\n" if chunked and sent == body else b"")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    subject = Server()
    subject.speaks.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, subject)) as http:
        Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        subject.url = f"http://127.0.0.1:{http.server_port}/file"
        yield subject
        subject.speaks.set()
        http.shutdown()


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "new" / "file"


def fetch(server: Server, path: Path, tries: int = 1, **changes) -> None:
    download(server.url, path, **{"largest": LARGEST, "pauses": (0.0,) * (tries - 1)} | changes)


def break_off(server: Server, path: Path, after: int = 1000) -> None:
    """Leave a part with `after` bytes."""
    server.breaks = [after]
    with pytest.raises(UserError):
        fetch(server, path)
    assert path.with_name("file.part").stat().st_size == after


def names(path: Path) -> list[str]:
    return sorted(found.name for found in path.parent.iterdir())


def test_a_file_arrives_whole_and_alone(server, path):
    fetch(server, path, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert path.read_bytes() == CONTENT
    assert names(path) == ["file"]


@pytest.mark.parametrize("validator", [("ETag", '"one"'), ("Last-Modified", "Sat, 01 Mar 2014 10:00:00 GMT")])
def test_a_break_is_gone_on_from_within_one_call(server, path, validator, capsys):
    server.validator, server.breaks = validator, [1000, 500]
    fetch(server, path, tries=3)
    assert server.asked == [None, "bytes=1000-", "bytes=1500-"]
    assert path.read_bytes() == CONTENT
    assert names(path) == ["file"]
    assert capsys.readouterr().out.count("trying again in 0 s\n") == 2


def test_the_next_call_goes_on_where_the_last_gave_up(server, path):
    server.breaks = [1000, 500]
    with pytest.raises(UserError, match=r"broke off, in 2 tries; 1,500 of 1,048,576 bytes are in .*file\.part; run it"):
        fetch(server, path, tries=2)
    assert not path.exists()
    fetch(server, path, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert server.asked[-1] == "bytes=1500-"
    assert names(path) == ["file"]


def test_pauses_grow_as_asked(server, path, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("erac_vaml.data.download.time.sleep", slept.append)
    server.statuses = [503, 503, 503]
    fetch(server, path, pauses=(1.0, 4.0, 16.0))
    assert [seconds for seconds in slept if seconds] == [1.0, 4.0, 16.0]


@pytest.mark.parametrize("if_range", [True, False])
def test_a_file_that_changed_meanwhile_is_begun_anew(server, path, if_range):
    break_off(server, path)
    server.content, server.validator, server.if_range = CONTENT[::-1], ("ETag", '"two"'), if_range
    fetch(server, path, tries=2)
    assert path.read_bytes() == CONTENT[::-1]


def test_another_address_is_begun_anew(server, path):
    break_off(server, path)
    server.asked.clear()
    download(server.url + "?other", path, largest=LARGEST)
    assert server.asked == [None]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("validator", [None, ("ETag", 'W/"one"')])
def test_without_a_version_to_ask_for_nothing_is_kept(server, path, validator):
    server.validator, server.breaks = validator, [1000]
    with pytest.raises(UserError, match="nothing is kept of it; run it again, or fetch it by hand"):
        fetch(server, path)
    assert names(path) == []


def test_a_server_without_ranges_begins_anew(server, path):
    break_off(server, path)
    server.ranges = False
    fetch(server, path)
    assert server.asked[-1] == "bytes=1000-"
    assert path.read_bytes() == CONTENT


def test_a_part_with_nothing_after_it_is_begun_anew(server, path):
    break_off(server, path)
    server.content = CONTENT[:1000]
    fetch(server, path, tries=2)
    assert server.asked[-2:] == ["bytes=1000-", None]
    assert path.read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("what", ["file.part", "file.part.json"])
def test_a_damaged_memory_is_begun_anew(server, path, what):
    break_off(server, path)
    path.with_name(what).write_bytes(b"")
    fetch(server, path)
    assert server.asked[-1] is None
    assert path.read_bytes() == CONTENT


def test_chunks_that_break_off_are_noticed_without_a_length(server, path):
    server.chunked, server.breaks = True, [1000]
    fetch(server, path, tries=2)
    assert server.asked == [None, "bytes=1000-"]
    assert path.read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_left(server, path):
    server.speaks.clear()
    with pytest.raises(UserError, match="timed out, in 1 tries"):
        fetch(server, path, stall_seconds=0.05)
    assert names(path) == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_that_is_too_large_is_refused_and_deleted(server, path, chunked):
    server.chunked = chunked
    with pytest.raises(UserError, match=r"file: has over 1,000,000 bytes.*; correct the address"):
        fetch(server, path, largest=1_000_000)
    assert names(path) == []


def test_a_file_with_another_checksum_is_deleted(server, path):
    with pytest.raises(UserError, match=r"its sha256 is [0-9a-f]{64}, not a{64} as expected; correct"):
        fetch(server, path, sha256="a" * 64)
    assert names(path) == []


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (500, 3), (503, 3), (429, 3)])
def test_what_may_pass_is_tried_again_and_what_will_not_is_told_at_once(server, path, status, asked):
    server.statuses = [status] * 3
    with pytest.raises(UserError, match=rf"file: HTTP {status} \w+.*fetch it by hand and give its path as `archive`"):
        fetch(server, path, tries=3)
    assert len(server.asked) == asked
    assert names(path) == []


def test_a_new_address_is_followed_to_another_server_but_to_no_other_scheme(server, path):
    server.statuses, server.location = [302], server.url
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    server.statuses, server.location = [302], "ftp://127.0.0.1/file"
    with pytest.raises(UserError, match="unknown url type: ftp"):
        fetch(server, path)
    server.statuses, server.location = [302], "file:///etc/hostname"
    with pytest.raises(UserError, match="HTTP 302"):
        fetch(server, path)


def test_a_server_that_refuses_connections_is_named(path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UserError, match=rf"http://127\.0\.0\.1:{port}/f: .*Connection refused, in 2 tries; nothing is"):
        download(f"http://127.0.0.1:{port}/f", path, largest=LARGEST, pauses=(0.0,))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "file:///etc/hostname",
        "ftp://127.0.0.1/f",
        "http:///f",
        "http://[::1/f",
        "http://h:port/f",
        "http://h:0/f",
        "http://h/a b",
        "http://h/\n",
        "http://h/ü",
    ],
)
def test_an_address_that_is_none_is_refused(path, url):
    with pytest.raises(UserError, match=r"not the address of a file on a server; give one with http://"):
        download(url, path, largest=LARGEST)
    assert not path.parent.exists()


def test_a_name_that_no_server_can_have_is_told(path):
    with pytest.raises(UserError, match=r"http://a\.\.b/f: .*in 1 tries; nothing is kept"):
        download("http://a..b/f", path, largest=LARGEST, pauses=())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_told(server, path):
    path.parent.mkdir()
    os.symlink("/dev/full", path.with_name("file.part"))
    with pytest.raises(UserError, match=r"file\.part: cannot be written \(No space left on device\); make room"):
        fetch(server, path)
    assert not path.exists()
