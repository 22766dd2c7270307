"""Strategies of odd files: texts, archives and arrays that are cut or mixed up; pipes, loops and devices."""

import gzip
import io
import os
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from operator import mul
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from odd_documents import odd_json

LINES = (
    *(b"", b" ", b"\t", b"\t\t\t", b"\xff", b"\xed\xa0\x80", b"\0", b"\xef\xbb\xbf", b"\r", b"\x85", b"\xe2\x80\xa8"),
    *(
        b"a",
        b"a b c",
        b"\xc3\xa4",
        b"1.png",
        b"1.png\ta dog",
        b'<seg id="1">' + b" " * 20_000,
        b"</seg>",
        b"<",
        b"&",
        b"&#0;",
        b"@@",
    ),
    *(b"1", b"-1", b"1e999", b"nan", b"<unk>", b"<s>", b"- a", b"a: b", b'"'),
)
odd_line = st.sampled_from(LINES) | st.builds(
    mul, st.sampled_from((b" ", b"x", b"a ", b"\t", b"<", b".", b"'", b"(", b"&")), st.sampled_from((3, 20_000))
)
"""Lines that a text should not have, or not so long."""
WAYS: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "loop": lambda path: path.symlink_to(path.name),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "dangling": lambda path: path.symlink_to("nowhere"),
    "empty": Path.touch,
}


@dataclass(frozen=True)
class Odd:
    """A file with another content, or something else at its place; a way to spoil a folder."""

    name: str
    content: bytes | str
    """The bytes, or one of `WAYS`."""

    def __call__(self, folder: Path) -> None:
        """Replace the file in a folder."""
        path = folder / self.name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        if isinstance(self.content, str):
            WAYS[self.content](path)
        else:
            path.write_bytes(self.content)


@st.composite
def odd_lines(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw a text with one to three lines inserted, replaced, repeated or removed, or parts inserted in a line."""
    lines = content.split(b"\n")
    for _ in range(draw(st.integers(1, 3))):
        number, odd = draw(st.integers(0, len(lines) - 1)), draw(odd_line)
        line = lines[number]
        match draw(st.sampled_from(("insert", "replace", "repeat", "remove", "within", "within"))):
            case "insert":
                lines.insert(number, odd)
            case "replace":
                lines[number] = odd
            case "repeat":
                lines.insert(number, line)
            case "remove" if len(lines) > 1:
                del lines[number]
            case _:
                place = draw(st.integers(0, len(line)))
                lines[number] = line[:place] + odd + line[place:]
    return b"\n".join(lines)


@st.composite
def odd_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw a content that is cut, has other bytes in the middle, is doubled, or is something else."""
    place = draw(st.integers(0, len(content)))
    other = draw(st.binary(max_size=8))
    whole = (content[:place], content[:place] + other + content[place + len(other) :], content + content, other)
    return draw(st.sampled_from(whole))


def odd_gzip(content: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy of odd texts in gzip, and of odd gzip files."""
    text = gzip.decompress(content)
    return odd_lines(text).map(lambda odd: gzip.compress(odd, mtime=0)) | odd_bytes(gzip.compress(text, mtime=0))


def _saved(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


_dtypes = st.one_of(arrays.floating_dtypes(), arrays.integer_dtypes(), arrays.unicode_string_dtypes(), st.just(bool))
odd_arrays = _dtypes.flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0))
)


def odd_npy(content: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy of arrays of any type and shape, and of files with an odd header."""
    header = [
        (b"(", b"("),
        (b"4", b"9" * 20),
        (b"4", b"-4"),
        (b"f4", b"O"),
        (b"}", b""),
        (b"shape", b"s"),
        (b"4", b"4.0"),
    ]
    return st.one_of(
        odd_arrays.map(_saved),
        odd_bytes(content),
        st.sampled_from(header).map(lambda pair: content[:10] + content[10:128].replace(*pair) + content[128:]),
    )


@st.composite
def odd_zip(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw a zip archive with a member that is odd, missing, twice there, or compressed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    number = draw(st.integers(0, len(members) - 1))
    name, member = members[number]
    changed = draw(st.sampled_from((None, "odd", "twice", "renamed")))
    members[number : number + 1] = {
        None: [],
        "odd": [(name, draw(odd_content(name, member)))],
        "twice": [(name, member), (name + " ", member)],
        "renamed": [("../" + name, member)],
    }[changed]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", draw(st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))) as archive:
        for name, member in members:
            archive.writestr(zipfile.ZipInfo(name), member)
    return draw(st.one_of(st.just(stream.getvalue()), odd_bytes(stream.getvalue())))


@st.composite
def odd_safetensors(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw weights with an odd header, or of an odd length."""
    size = struct.unpack("<Q", content[:8])[0]
    if draw(st.booleans()):
        return draw(odd_bytes(content))
    header = draw(odd_json(content[8 : 8 + size]))
    length = draw(st.sampled_from((len(header), 0, 2**63, len(header) + 1)))
    return struct.pack("<Q", length) + header + content[8 + size :]


def odd_content(name: str, content: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy of odd contents for a file, by the ending of its name."""
    by_ending = {
        ".json": odd_json,
        ".gz": odd_gzip,
        ".npy": odd_npy,
        ".npz": odd_zip,
        ".zip": odd_zip,
        ".safetensors": odd_safetensors,
        ".png": odd_bytes,
    }
    return by_ending.get(Path(name).suffix, odd_lines)(content)


def odd_file(folder: Path, name: str) -> st.SearchStrategy[Odd]:
    """Return a strategy of odd files in place of one of a folder's."""
    content = (folder / name).read_bytes()
    likely = odd_content(name, content) if content else odd_line
    others = st.sampled_from(sorted(path for path in folder.rglob("*") if path.is_file())).map(Path.read_bytes)
    kinds = (likely, likely, likely, odd_bytes(content), others, st.sampled_from(sorted(WAYS)))
    # Not `|`, which would give each of the many likely kinds the same share as all of `WAYS`.
    return st.builds(Odd, st.just(name), st.sampled_from(kinds).flatmap(lambda kind: kind))
