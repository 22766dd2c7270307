"""Count the lines, words and captions of files. A file that cannot be read has no counts."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

_CHUNK = 2**20
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error)


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
    lines, blanks, last = 0, 0, b"\n"
    try:
        with _open(path) as stream:
            while chunk := stream.read(_CHUNK):
                lines, blanks, last = lines + chunk.count(b"\n"), blanks + chunk.count(b" "), chunk[-1:]
    except _UNREADABLE:
        return None
    lines += last != b"\n"
    return TextCounts(lines, blanks + lines)


def count_captions(path: Path) -> CaptionCounts | None:
    """Return the counts of COCO's annotations (.json) or a table of captions (.tsv); None if it cannot be read."""
    try:
        with _open(path) as stream:
            captions = list(_annotations(stream) if path.suffix == ".json" else _rows(stream))
    except _UNREADABLE:
        return None
    return CaptionCounts(len({image for image, _ in captions}), len(captions), sum(words for _, words in captions))


def _open(path: Path) -> BinaryIO:
    """Open a regular file for reading. Anything else is refused, because a pipe might never end."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _annotations(stream: BinaryIO) -> Iterator[tuple[object, int]]:
    """Yield the image and the number of words of each caption in COCO's annotations."""
    for annotation in json.load(stream)["annotations"]:
        yield annotation["image_id"], len(annotation["caption"].split())


def _rows(stream: BinaryIO) -> Iterator[tuple[object, int]]:
    """Yield the image and the number of words of each caption in a table."""
    for line in stream:
        columns = line.rstrip(b"\r\n").split(b"\t")
        yield columns[0], len(columns[-1].split())
