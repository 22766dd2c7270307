"""Count the lines, words and captions of files. A file that cannot be read has no counts."""

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from erac_vaml.data.corpus import most_bytes, read_content
from erac_vaml.errors import UserError
from erac_vaml.files import open_regular

_CHUNK = 2**20
_UNREADABLE = (
    UserError,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    zlib.error,
)


class TextCounts(NamedTuple):
    """Lines and words of a text. Blanks separate words."""

    lines: int
    words: int


class CaptionCounts(NamedTuple):
    """Numbers of images, of their captions, and of the words of all captions."""

    images: int
    captions: int
    words: int


def count_text(path: Path) -> TextCounts | None:
    """Return the counts of a plain or gzipped text; None if it cannot be read."""
    lines, blanks, size, last = 0, 0, 0, b"\n"
    try:
        with _opened(path) as stream:
            while chunk := stream.read(_CHUNK):
                lines, blanks, last = lines + chunk.count(b"\n"), blanks + chunk.count(b" "), chunk[-1:]
                size += len(chunk)
                if size > most_bytes(path):
                    return None
    except _UNREADABLE:
        return None
    lines += last != b"\n"
    return TextCounts(lines, blanks + lines)


def count_captions(path: Path) -> CaptionCounts | None:
    """Return the counts of COCO's annotations (.json) or a table of captions (.tsv); None if it cannot be read."""
    try:
        content = read_content(path)
        captions = list(_annotations(content) if path.suffix == ".json" else _rows(content))
    except _UNREADABLE:
        return None
    return CaptionCounts(len({image for image, _ in captions}), len(captions), sum(words for _, words in captions))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a plain or gzipped text, and close it at the end."""
    with open_regular(path) as file:
        yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file


def _annotations(content: bytes) -> Iterator[tuple[object, int]]:
    """Yield the image and the number of words of each caption in COCO's annotations."""
    for annotation in json.loads(content)["annotations"]:
        yield annotation["image_id"], len(annotation["caption"].split())


def _rows(content: bytes) -> Iterator[tuple[object, int]]:
    """Yield the image and the number of words of each caption in a table."""
    for line in content.splitlines():
        columns = line.split(b"\t")
        yield columns[0], len(columns[-1].split())
