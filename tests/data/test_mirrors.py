"""A published file from several addresses, some of which send something else."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import Server, serving

from erac_vaml.config.published import PublishedFile
from erac_vaml.data.mirrors import fetch
from erac_vaml.errors import UserError

CONTENT = bytes(range(256)) * 16
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FILE = PublishedFile(("http://published/file",), len(CONTENT), "sha256", DIGEST)
PATH, OTHER = "/file", "/mirror/file"
LOGIN_PAGE = b"<html>Sign in</html>"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({PATH: CONTENT}) as subject:
        yield subject


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "new" / "file"


def refuse_pages(path: Path) -> None:
    """Check that a file is not a web page."""
    if path.read_bytes().startswith(b"<html>"):
        raise UserError(f"{path}: no archive (a page); fetch it again")


def fetch_from(server: Server, path: Path, *paths: str, required: str | None = None) -> None:
    urls = [server.url + where for where in paths]
    fetch(FILE, path, urls=urls, check=refuse_pages, by_hand="put it here", required=required)


def names(path: Path) -> list[str]:
    return sorted(found.name for found in path.parent.iterdir())


def test_the_published_file_is_fetched_from_the_first_address(server, path, capsys):
    fetch_from(server, path, PATH, OTHER)
    assert path.read_bytes() == CONTENT
    assert (names(path), list(server.asked)) == (["file"], [PATH])
    assert capsys.readouterr().out == f"{path}: fetched from {server.url}{PATH}\n"


def test_a_login_page_is_thrown_away_and_the_next_address_tried(server, path, capsys):
    server.files |= {PATH: LOGIN_PAGE, OTHER: CONTENT}
    fetch_from(server, path, "/none", PATH, OTHER)
    assert path.read_bytes() == CONTENT
    assert names(path) == ["file"]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{server.url}/none: HTTP 404 Not Found"
    assert said[1] == f"{server.url}{PATH}: sent something else: no archive (a page)"


def test_where_no_address_has_the_file_each_fault_is_told_with_size_and_what_to_do(server, path):
    server.files[PATH] = LOGIN_PAGE
    with pytest.raises(UserError) as told:
        fetch_from(server, path, PATH, "/none")
    assert str(told.value) == (
        f"file (4,096 bytes) cannot be fetched: {server.url}{PATH}: sent something else: no archive (a page), "
        f"{server.url}/none: HTTP 404 Not Found; run it again, or fetch it by hand and put it here"
    )
    assert names(path) == []


@pytest.mark.parametrize("published_at", [0, 1, None])
def test_a_sound_file_of_other_bytes_is_taken_only_if_no_address_has_the_published_one(
    server, path, capsys, published_at
):
    others = [CONTENT[::-1], CONTENT[:-1]]
    contents = [CONTENT if number == published_at else other for number, other in enumerate(others)]
    server.files |= dict(zip((PATH, OTHER), contents, strict=True))
    fetch_from(server, path, PATH, OTHER)
    assert path.read_bytes() == (others[0] if published_at is None else CONTENT)
    assert names(path) == ["file"]
    said = capsys.readouterr().out
    if published_at is None:
        assert said.startswith(f"warning: {path}: is sound, but not the published file (")
        assert f"has sha256 {hashlib.sha256(others[0]).hexdigest()}, published is {DIGEST}" in said
        assert "has 4,095 bytes, the published one 4,096" in said


def test_a_required_checksum_replaces_the_published_one(server, path):
    server.files[PATH] = CONTENT[::-1]
    with pytest.raises(UserError, match=r"its sha256 is [0-9a-f]{64}, not a{64} as expected; run it again"):
        fetch_from(server, path, PATH, required="a" * 64)
    assert names(path) == []
    fetch_from(server, path, PATH, required=hashlib.sha256(CONTENT[::-1]).hexdigest())
    assert path.read_bytes() == CONTENT[::-1]


def test_a_file_that_is_much_too_large_is_thrown_away(server, path):
    server.files |= {PATH: CONTENT * 11, OTHER: CONTENT}
    fetch_from(server, path, PATH, OTHER)
    assert path.read_bytes() == CONTENT
