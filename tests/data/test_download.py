"""Downloads from a local server that stalls, disconnects, changes its file or sends wrong answers."""

import os
import socket
from collections import namedtuple
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from server import Server, serving

from erac_vaml.data import download as module
from erac_vaml.data.download import RefusedError, download
from erac_vaml.errors import UserError

CONTENT = bytes(range(256)) * 4096
LARGEST = 2 * len(CONTENT)
PATH = "/file"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({PATH: CONTENT}) as subject:
        yield subject


@pytest.fixture
def path(tmp_path) -> Path:
    (tmp_path / "new").mkdir()
    return tmp_path / "new" / "file"


@pytest.fixture(autouse=True)
def one_try(monkeypatch) -> None:
    monkeypatch.setattr(module, "_PAUSES", ())


@pytest.fixture
def three_tries(monkeypatch, one_try) -> None:
    monkeypatch.setattr(module, "_PAUSES", (0.0, 0.0))


def fetch(server: Server, path: Path, largest: int = LARGEST) -> None:
    download(server.url + PATH, path, largest)


def break_off(server: Server, path: Path, after: int = 1000) -> None:
    """Leave a part with `after` bytes."""
    server.breaks[PATH] = [after] * (1 + len(module._PAUSES))
    with pytest.raises(RefusedError):
        fetch(server, path)
    server.breaks[PATH].clear()


def names(path: Path) -> list[str]:
    return sorted(found.name for found in path.parent.iterdir())


def test_a_file_arrives_whole_and_alone(server, path):
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert names(path) == ["file"]


@pytest.mark.usefixtures("three_tries")
@pytest.mark.parametrize("validator", [("ETag", '"one"'), ("Last-Modified", "Sat, 01 Mar 2014 10:00:00 GMT")])
def test_a_break_is_gone_on_from_within_one_call(server, path, validator, capsys):
    server.validator, server.breaks[PATH] = validator, [1000, 500]
    fetch(server, path)
    assert server.asked[PATH] == [None, "bytes=1000-", "bytes=1500-"]
    assert path.read_bytes() == CONTENT
    assert names(path) == ["file"]
    assert capsys.readouterr().out.count("trying again in 0 s\n") == 2


@pytest.mark.usefixtures("three_tries")
def test_the_next_call_goes_on_where_the_last_gave_up(server, path):
    server.breaks[PATH] = [1000, 500, 500]
    with pytest.raises(RefusedError, match=rf"in 3 tries; 2,000 of 1,048,576 bytes are kept in {path}\.part$"):
        fetch(server, path)
    assert not path.exists()
    fetch(server, path)
    assert server.asked[PATH][-1] == "bytes=2000-"
    assert names(path) == ["file"]


def test_pauses_grow(server, path, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(module, "_PAUSES", (1.0, 4.0, 16.0))
    monkeypatch.setattr("erac_vaml.data.download.time.sleep", slept.append)
    server.statuses = [503, 503, 503]
    fetch(server, path)
    assert [seconds for seconds in slept if seconds] == [1.0, 4.0, 16.0]


@pytest.mark.usefixtures("three_tries")
def test_a_long_download_may_break_more_often_than_there_are_tries(server, path, monkeypatch):
    monkeypatch.setattr(module, "_PROGRESS", 200_000)
    server.breaks[PATH] = [200_000] * 5
    fetch(server, path)
    assert len(server.asked[PATH]) == 6
    assert path.read_bytes() == CONTENT


@pytest.mark.usefixtures("three_tries")
@pytest.mark.parametrize("if_range", [True, False])
def test_a_file_that_changed_meanwhile_is_begun_anew(server, path, if_range):
    break_off(server, path)
    server.files[PATH], server.validator, server.if_range = CONTENT[::-1], ("ETag", '"two"'), if_range
    fetch(server, path)
    assert path.read_bytes() == CONTENT[::-1]


def test_another_address_is_begun_anew(server, path):
    break_off(server, path)
    server.files["/other"] = CONTENT
    download(server.url + "/other", path, LARGEST)
    assert server.asked["/other"] == [None]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("validator", [None, ("ETag", 'W/"one"')])
def test_without_a_version_to_ask_for_nothing_is_kept(server, path, validator):
    server.validator, server.breaks[PATH] = validator, [1000]
    with pytest.raises(RefusedError, match="in 1 tries; nothing is kept of it"):
        fetch(server, path)
    assert names(path) == []


def test_a_dead_address_keeps_what_came_from_another(server, path):
    break_off(server, path)
    with pytest.raises(RefusedError, match="nothing is kept of it"):
        download("http://127.0.0.1:9/file", path, LARGEST)
    fetch(server, path)
    assert server.asked[PATH][-1] == "bytes=1000-"


def test_a_server_without_ranges_begins_anew(server, path):
    break_off(server, path)
    server.ranges = False
    fetch(server, path)
    assert server.asked[PATH][-1] == "bytes=1000-"
    assert path.read_bytes() == CONTENT


@pytest.mark.usefixtures("three_tries")
def test_a_part_with_nothing_after_it_is_begun_anew(server, path):
    break_off(server, path)
    server.files[PATH] = CONTENT[:3000]
    fetch(server, path)
    assert server.asked[PATH][-2:] == ["bytes=3000-", None]
    assert path.read_bytes() == CONTENT[:3000]


@pytest.mark.parametrize("what", ["file.part", "file.part.json"])
def test_a_damaged_memory_is_begun_anew(server, path, what):
    break_off(server, path)
    path.with_name(what).write_bytes(b"")
    fetch(server, path)
    assert server.asked[PATH][-1] is None
    assert path.read_bytes() == CONTENT


@pytest.mark.usefixtures("three_tries")
def test_chunks_that_break_off_are_noticed_without_a_length(server, path):
    server.chunked, server.breaks[PATH] = True, [1000]
    fetch(server, path)
    assert server.asked[PATH] == [None, "bytes=1000-"]
    assert path.read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_left(server, path, monkeypatch):
    monkeypatch.setattr(module, "_STALL_SECONDS", 0.05)
    server.speaks.clear()
    with pytest.raises(RefusedError, match=r"timed out.*, in 1 tries"):
        fetch(server, path)
    assert names(path) == []


def test_a_server_that_is_slow_is_left_and_gone_on_from(server, path, monkeypatch):
    with monkeypatch.context() as patched:
        clock = count(0, 100)
        patched.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
        with pytest.raises(RefusedError, match=r"sent under 10,000 bytes per second, in 1 tries; [\d,]+ of 1,048,576"):
            fetch(server, path)
    fetch(server, path)
    assert server.asked[PATH][-1].startswith("bytes=")
    assert path.read_bytes() == CONTENT


def test_a_download_has_a_time_limit_and_is_gone_on_from(server, path, monkeypatch):
    with monkeypatch.context() as patched:
        clock = count(0, 20_000)
        patched.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
        patched.setattr(module, "_SLOWEST", 0.0)
        with pytest.raises(RefusedError, match=r"^not complete after 24 hours; [\d,]+ of 1,048,576 bytes are kept in "):
            fetch(server, path)
    fetch(server, path)
    assert server.asked[PATH][-1].startswith("bytes=")
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_that_is_too_large_is_refused_and_deleted(server, path, chunked):
    server.chunked = chunked
    with pytest.raises(RefusedError, match=r"^has over 1,000,000 bytes, more than the file can have$"):
        fetch(server, path, largest=1_000_000)
    assert names(path) == []


def test_a_file_without_room_on_the_disk_is_refused_before_it_comes(server, path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("erac_vaml.data.download.shutil.disk_usage", lambda folder: usage(9, 0, 9))
    with pytest.raises(
        UserError, match=r"file\.part: 1,048,576 more bytes are needed, 9 are free on its disk; free some space"
    ):
        fetch(server, path)


@pytest.mark.usefixtures("three_tries")
@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (500, 3), (503, 3), (429, 3)])
def test_what_may_pass_is_tried_again_and_what_will_not_is_told_at_once(server, path, status, asked):
    server.statuses = [status] * 3
    with pytest.raises(RefusedError, match=rf"^HTTP {status} \w+"):
        fetch(server, path)
    assert len(server.asked[PATH]) == asked
    assert names(path) == []


def test_a_new_address_is_followed_to_another_server_but_to_no_other_scheme(server, path):
    server.statuses, server.location = [302], server.url + PATH
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    for elsewhere in ("ftp://127.0.0.1/file", "file:///etc/hostname"):
        server.statuses, server.location = [302], elsewhere
        with pytest.raises(RefusedError, match=f"not an address that can be fetched .*{elsewhere}"):
            fetch(server, path)


@pytest.mark.usefixtures("three_tries")
def test_a_server_that_refuses_connections_is_told(path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(RefusedError, match=r"Connection refused, in 3 tries; nothing is kept of it"):
        download(f"http://127.0.0.1:{port}/f", path, LARGEST)


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "file:///etc/hostname", "ftp://127.0.0.1/f", "http:///f", "http://[::1/f", "http://h:port/f"],
)
def test_an_address_that_is_none_is_refused(path, url):
    with pytest.raises(RefusedError, match=r"^not an address that can be fetched "):
        download(url, path, LARGEST)
    assert names(path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_told(server, path):
    os.symlink("/dev/full", path.with_name("file.part"))
    with pytest.raises(UserError, match=r"file\.part: cannot be written \(No space left on device\); free some space"):
        fetch(server, path)
    assert not path.exists()
