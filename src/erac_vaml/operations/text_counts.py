"""Counts the lines, words and captions of files; a file that cannot be read has no counts."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

_CHUNK = 2**20
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error)


@dataclass(frozen=True)
class TextCounts:
    """Counts of a text."""

    lines: int
    words: int
    """Words between blanks."""


@dataclass(frozen=True)
class CaptionCounts:
    """Counts of captioned images."""

    images: int
    captions: int
    words: int
    """Words of all captions."""


def count_text(path: Path) -> TextCounts | None:
    """Return the counts of a text, plain or gzipped; None if it cannot be read."""
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
    """Return the counts of a file of captions, COCO's annotations (.json) or a table (.tsv); None if unreadable."""
    try:
        with _open(path) as stream:
            captions = list(_annotations(stream) if path.suffix == ".json" else _rows(stream))
    except _UNREADABLE:
        return None
    return CaptionCounts(len({image for image, _ in captions}), len(captions), sum(words for _, words in captions))


def joined(counts: Iterable[CaptionCounts]) -> CaptionCounts:
    """Return the sums of some counts."""
    every = list(counts)
    return CaptionCounts(*(sum(getattr(one, name) for one in every) for name in ("images", "captions", "words")))


def _open(path: Path) -> BinaryIO:
    """Open a regular file for reading; nothing else, for a pipe would never end."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _annotations(stream: BinaryIO) -> Iterator[tuple[object, int]]:
    """Yield image and number of words of each caption of COCO's annotations."""
    for annotation in json.load(stream)["annotations"]:
        yield annotation["image_id"], len(annotation["caption"].split())


def _rows(stream: BinaryIO) -> Iterator[tuple[object, int]]:
    """Yield image and number of words of each caption of a table."""
    for line in stream:
        columns = line.rstrip(b"\r\n").split(b"\t")
        yield columns[0], len(columns[-1].split())
