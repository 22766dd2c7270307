"""A server on this machine that stalls, disconnects, changes its files or sends wrong answers."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest


@dataclass
class Server:
    """The served files, the faults of the server, and the requests."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Contents by path; other paths are not found."""
    url: str = ""
    """Address of the server, without a path."""
    validator: tuple[str, str] | None = ("ETag", '"one"')
    breaks: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Bytes by path after which the next answers break off; later answers are complete."""
    ranges: bool = True
    if_range: bool = True
    chunked: bool = False
    speaks: Event = field(default_factory=Event)
    """If it is set, answers have a body; otherwise the server stalls before it."""
    statuses: list[int] = field(default_factory=list)
    """Statuses of the next answers; later answers have the right one."""
    location: str = ""
    asked: defaultdict[str, list[str | None]] = field(default_factory=lambda: defaultdict(list))
    """The header Range of each request, by path."""


class Handler(BaseHTTPRequestHandler):
    """Answers a request as the server's state says."""

    protocol_version = "HTTP/1.1"

    def __init__(self, server: Server, *args: object) -> None:
        self.subject = server
        super().__init__(*args)

    def do_GET(self) -> None:
        subject = self.subject
        wanted = self.headers["Range"]
        subject.asked[self.path].append(wanted)
        self.close_connection = True
        if subject.statuses:
            return self.answer(subject.statuses.pop(0), b"", {"Location": subject.location})
        if self.path not in subject.files:
            return self.answer(404, b"<html>not found</html>", {})
        content = subject.files[self.path]
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
        self.send_header("Connection", "close")
        for name, value in (headers | dict([self.subject.validator] if self.subject.validator else [])).items():
            self.send_header(name, value)
        chunked = self.subject.chunked
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))))
        self.end_headers()
        self.wfile.flush()
        self.subject.speaks.wait()
        breaks = self.subject.breaks[self.path]
        sent = body[: breaks.pop(0)] if breaks and status < 300 else body
        with suppress(ConnectionError):  # The client may have left.
            self.wfile.write(b"%x\r\n%b" % (len(body), sent) if chunked else sent)
            self.wfile.write(b"\r\n0\r\n\r\n" if chunked and sent == body else b"")

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    """Serve files, by path, until the block ends. Requests to it take no proxy."""
    subject = Server(files)
    subject.speaks.set()
    with (
        pytest.MonkeyPatch.context() as patched,
        ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, subject)) as http,
    ):
        patched.setenv("no_proxy", "127.0.0.1")
        Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        subject.url = f"http://127.0.0.1:{http.server_port}"
        yield subject
        subject.speaks.set()
        http.shutdown()
