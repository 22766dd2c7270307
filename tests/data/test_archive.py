"""Texts of tar archives, harmful archives included."""

import bz2
import gzip
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

from erac_vaml.data.archive import read_texts
from erac_vaml.errors import UserError

TEXTS = {"one.txt": "eins\n", "two.txt": "zwei ü\n"}


def member(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info


def texts(**replaced: bytes) -> bytes:
    """Return the blocks of an archive with both texts, without the end mark."""
    found = {name: text.encode() for name, text in TEXTS.items()} | replaced
    return b"".join(blocks(member(f"folder/{name}", len(data)), data) for name, data in found.items())


def blocks(info: tarfile.TarInfo, data: bytes = b"") -> bytes:
    """Return the blocks of a member; the size in its header may differ from that of the data."""
    return info.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE)


END = bytes(2 * tarfile.BLOCKSIZE)


def read(path: Path, content: bytes, largest: int = 100, most_bytes: int = 1_000_000) -> dict[str, str]:
    path.write_bytes(content)
    return read_texts(path, TEXTS, largest=largest, most_bytes=most_bytes)


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    """Path of the archive in the working directory, which has no other file."""
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "folder")
    return tmp_path / "folder" / "a.tgz"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_texts_are_found_by_their_names(path, pack):
    assert read(path, pack(texts() + END)) == TEXTS


HOSTILE = {
    "a path upwards": blocks(member("../evil", 4), b"evil"),
    "an absolute path": blocks(member("/{path}/evil", 4), b"evil"),
    "a symbolic link": blocks(member("evil", kind=tarfile.SYMTYPE, link="/etc/hostname")),
    "a hard link": blocks(member("evil", kind=tarfile.LNKTYPE, link="/etc/hostname")),
    "a device": blocks(member("evil", kind=tarfile.CHRTYPE)),
    "a pipe": blocks(member("evil", kind=tarfile.FIFOTYPE)),
    "a folder": blocks(member("evil", kind=tarfile.DIRTYPE)),
    "a large file that is not asked for": blocks(member("evil", 1000), bytes(1000)),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_other_members_do_no_harm(path, hostile):
    assert read(path, gzip.compress(HOSTILE[hostile] + texts() + END)) == TEXTS
    assert [found.name for found in path.parent.parent.rglob("*")] == ["folder", "a.tgz"]


@pytest.mark.parametrize("name", ["../one.txt", "/one.txt", "../../folder/one.txt"])
def test_a_text_is_read_wherever_it_claims_to_lie(path, name):
    assert read(path, gzip.compress(blocks(member(name, 4), b"evil") + texts() + END))["one.txt"] == "evil"
    assert [found.name for found in path.parent.parent.rglob("*")] == ["folder", "a.tgz"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_what_stands_in_place_of_a_text_is_not_followed(path, kind):
    content = blocks(member("one.txt", kind=kind, link="/etc/hostname")) + blocks(member("two.txt", 1), b"x")
    with pytest.raises(UserError, match=r"a\.tgz: has no one\.txt; give the official archive"):
        read(path, content + END)


def test_a_text_over_the_limit_is_refused(path):
    with pytest.raises(UserError, match=r"a\.tgz: folder/two\.txt has 101 bytes"):
        read(path, texts(**{"two.txt": b"x" * 101}) + END)


BOMBS = {
    "a member that is not asked for": blocks(member("zeros", 2_000_000), bytes(2_000_000)) + texts(),
    "what comes after the last": texts() + END + bytes(2_000_000),
    "a name": blocks(member("long", 2_000_000, tarfile.GNUTYPE_LONGNAME), bytes(2_000_000)) + texts(),
    "a header": blocks(member("long", 2_000_000, tarfile.XHDTYPE), bytes(2_000_000)) + texts(),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_before_it_is_unpacked(path, bomb):
    with pytest.raises(UserError, match=r"a\.tgz: unpacks to over 1,000,000 bytes"):
        read(path, gzip.compress(BOMBS[bomb] + END))


def test_a_crowd_of_empty_members_is_refused(path):
    with pytest.raises(UserError, match=r"a\.tgz: has over 10,000 members"):
        read(path, gzip.compress(blocks(member("empty")) * 10_001 + texts() + END), most_bytes=100_000_000)


SPARSE = member("a", 2**40, tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT)
LIES = {
    "far": (blocks(member("other", 2**40)), "unpacks to over 1,000,000 bytes"),
    "far, and not a file": (blocks(member("other", 2**40, b"?")), "unpacks to over 1,000,000 bytes"),
    "far, and sparse": (SPARSE, "unpacks to over 1,000,000 bytes"),
    "negative": (blocks(member("x", 12, tarfile.XHDTYPE), b"12 size=-99\n"), "one.txt has -99 bytes"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_size_that_is_a_lie_is_told_without_looking_there(path, lie):
    content, message = LIES[lie]
    with pytest.raises(UserError, match=message):
        read(path, content + texts() + END)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"text", id="text"),
        pytest.param(b"<html>404</html>" * 1000, id="page"),
        pytest.param(gzip.compress(b"text"), id="gzipped text"),
        pytest.param(bz2.compress(texts() + END), id="another compression"),
        pytest.param(gzip.compress(texts() + END)[:-9], id="cut"),
        pytest.param(gzip.compress(texts() + END)[:-5] + bytes(5), id="another checksum"),
        pytest.param(texts()[:-300], id="cut tar"),
        pytest.param(texts()[:300] + b"?" + texts()[301:], id="changed header"),
        pytest.param(blocks(member("one.txt", 90), b"x")[:600], id="size beyond the end"),
        pytest.param(blocks(member("other", -1024)) + texts() + END, id="negative size"),
    ],
)
def test_a_damaged_archive_is_told(path, content):
    with pytest.raises(UserError, match=r"a\.tgz: damaged, or not a tar archive \(.*\); fetch it again"):
        read(path, content)


def test_a_text_that_is_not_utf8_is_named(path):
    with pytest.raises(UserError, match=r"a\.tgz: folder/one\.txt is not UTF-8"):
        read(path, texts(**{"one.txt": b"\xe4"}) + END)


@pytest.mark.parametrize(
    ("name", "reason"), [("absent", "No such file"), (".", "Is a directory"), ("a.tgz/a", "Not a directory")]
)
def test_an_archive_that_cannot_be_opened_is_named(path, name, reason):
    path.write_bytes(b"")
    with pytest.raises(UserError, match=rf"{reason}.*; give the path of a tar file as `archive`"):
        read_texts(path.parent / name, TEXTS, largest=1, most_bytes=1)


def test_whatever_a_header_says_it_ends_in_texts_or_in_a_line(path):
    content = blocks(member("long", 20, tarfile.XHDTYPE), b"20 path=folder/one.t\n") + texts() + END
    for place in range(0, 4 * tarfile.BLOCKSIZE, 4):
        changed = bytearray(content)
        changed[place] ^= 0x15
        start = place // tarfile.BLOCKSIZE * tarfile.BLOCKSIZE
        checksum = tarfile.calc_chksums(bytes(changed[start : start + tarfile.BLOCKSIZE]))[0]
        changed[start + 148 : start + 156] = b"%06o\0 " % checksum
        with suppress(UserError):
            read(path, bytes(changed))
