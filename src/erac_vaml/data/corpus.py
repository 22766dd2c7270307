"""Read parallel text (plain or gzipped, UTF-8, one sentence per line) and drop pairs over the limits."""

import gzip
import re
import sys
import zlib
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase, BytesIO
from pathlib import Path

from erac_vaml.errors import UserError
from erac_vaml.files import open_regular

STANDARD_INPUT = Path("-")
_MOST_BYTES = 16 * 2**30
_MOST_RATIO, _ALWAYS_ALLOWED = 200, 64 * 2**20
"""A gzipped text has at most so many times the bytes of its file, or so many bytes. Usual texts have 3 to 5 times."""

Words = list[str]
Pairs = list[tuple[Words, Words]]


def read_lines(path: Path) -> list[str]:
    """Return the lines that `stream_lines` yields; it has the argument and errors."""
    return list(stream_lines(path))


def stream_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text without line ends; only a line feed ends a line, not U+0085 or U+2028.

    Args:
        path: a plain file, a gzipped one whose name ends in .gz, or `-` for standard input.

    Raises:
        UserError: the file is missing, is no regular file, is a damaged gzip, is too large, or is not UTF-8.
    """
    with opened(path) as stream:
        yield from _decoded(stream, path)


def read_content(path: Path) -> bytes:
    """Return the bytes of a text; argument and errors as in `stream_lines`."""
    with opened(path) as stream:
        return b"".join(stream)


@contextmanager
def opened(path: Path) -> Iterator[Iterator[bytes]]:
    """Open a text and give its lines with their ends; argument and errors as in `stream_lines`, except for UTF-8."""
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    try:
        with open_regular(path) as file:
            yield _bounded(gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file, path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise UserError(f"{path}: {error.strerror}; check the path") from None
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path}: damaged gzip ({error}); copy the file again") from None


def _bounded(stream: BufferedIOBase, path: Path) -> Iterator[bytes]:
    """Yield the lines of a text, up to the bytes that it may have."""
    most = left = most_bytes(path)
    while line := stream.readline(left + 1):
        left -= len(line)
        if left < 0:
            raise UserError(f"{path}: is over {most:,} bytes, more than a text of its size has; give another file")
        yield line


def most_bytes(path: Path) -> int:
    """Return the largest number of bytes that a text may have: a gzip of a few megabytes can hold terabytes.

    Raises:
        OSError: the file is missing.
    """
    if path.suffix != ".gz":
        return _MOST_BYTES
    return min(_MOST_BYTES, max(_ALWAYS_ALLOWED, _MOST_RATIO * path.stat().st_size))


def lines_of(data: bytes, origin: object) -> list[str]:
    """Return the lines of a text, given its bytes, as `read_lines` does.

    Args:
        data: the bytes of the text.
        origin: its file, for the message.

    Raises:
        UserError: it is not UTF-8.
    """
    return list(_decoded(BytesIO(data), origin))


def _decoded(lines: Iterable[bytes], origin: object) -> Iterator[str]:
    """Yield lines of bytes as text, without their ends and without a byte order mark at the start."""
    for number, line in enumerate(lines, start=1):
        if number == 1 and not (line := line.removeprefix(BOM_UTF8)):
            return
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise UserError(f"{origin}:{number}: not UTF-8; convert it, as with `iconv -f LATIN1 -t UTF-8`") from None
        yield text.removesuffix("\n").removesuffix("\r")


def count_pairs(source: Path, target: Path) -> int:
    """Return the number of lines that both sides have.

    Raises:
        UserError: a file cannot be read (`stream_lines`), the sides differ in their number of lines, or have none.
    """
    counts = []
    for path in (source, target):
        with opened(path) as stream:
            # A byte order mark alone is no line (`_decoded`).
            counts.append(sum(1 for number, line in enumerate(stream) if number or line != BOM_UTF8))
    if counts[0] != counts[1]:
        raise UserError(
            f"{source} has {counts[0]} lines, {target} has {counts[1]}: make line n of one the translation of "
            "line n of the other"
        )
    if not counts[0]:
        raise UserError(f"{source}: no lines; give at least one sentence pair")
    return counts[0]


def split_words(line: str) -> Words:
    """Return the tokens between spaces; white space outside ASCII, such as U+00A0, is part of a token."""
    return [word for word in re.split("[ \t\r\n]", line) if word]


def refuse_empty(sentences: Sequence[Words], origin: Path) -> None:
    """Check that each line has a token.

    Raises:
        UserError: a line has none; the message names file and line.
    """
    for number, words in enumerate(sentences, start=1):
        if not words:
            raise UserError(f"{origin}:{number}: empty line; delete it, and line {number} of the other side too")


def within_limits(pairs: Pairs, max_length: int, max_ratio: float | None, dropped: Counter[str]) -> Pairs:
    """Return the pairs with 1 to `max_length` tokens per side and a longer to shorter ratio up to `max_ratio`.

    This is what Moses' clean-corpus-n does (released-code D1, D4). The others are counted in `dropped`, by reason.
    """
    kept = []
    for pair in pairs:
        shorter, longer = sorted(map(len, pair))
        if shorter == 0:
            dropped["empty"] += 1
        elif longer > max_length:
            dropped[f"over {max_length} tokens"] += 1
        elif max_ratio is not None and longer > max_ratio * shorter:
            dropped[f"length ratio over {max_ratio:g}"] += 1
        else:
            kept.append(pair)
    return kept
