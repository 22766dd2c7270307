"""Read and write hypotheses.txt, a run's output for the test set; captions also in COCO's result format."""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erac_vaml.data.corpus import lines_of
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.files import FileDigest, open_regular, write_bytes, write_json, write_text
from erac_vaml.runs.manifest import TRAIN_AGAIN, Manifest, checked_file, read_manifest

HYPOTHESES_FILE, COCO_FILE = "hypotheses.txt", "hypotheses.json"
COMPRESSED_FILE = f"{HYPOTHESES_FILE}.gz"
"""In place of hypotheses.txt in recorded results."""


def write_hypotheses(folder: Path, hypotheses: Sequence[str], coco_results: Sequence[dict[str, Any]]) -> None:
    """Write a run's hypotheses, one per line; captions also in COCO's result format.

    Raises:
        OSError: a file cannot be written.
    """
    write_text(folder / HYPOTHESES_FILE, "".join(line + "\n" for line in hypotheses), durable=True)
    if coco_results:
        write_json(folder / COCO_FILE, coco_results, indent=None, durable=True)


def is_recorded(folder: Path) -> bool:
    """Return whether a run's folder is one of recorded results, which has no model and compressed hypotheses."""
    return (folder / COMPRESSED_FILE).exists() and not (folder / HYPOTHESES_FILE).exists()


def compress_hypotheses(source: Path, target: Path) -> None:
    """Check a finished run's hypotheses and write them as hypotheses.txt.gz, the same bytes each time.

    Args:
        source: the run's folder.
        target: the folder to write to.

    Raises:
        UserError: the file is missing, was changed or cannot be read.
        OSError: the new file cannot be written.
    """
    write_bytes(target / COMPRESSED_FILE, gzip.compress(hypotheses_bytes(source), mtime=0))


def hypotheses_bytes(folder: Path, manifest: Manifest | None = None) -> bytes:
    """Check the digest of a finished run's hypotheses and return the file's content, also of hypotheses.txt.gz.

    Args:
        folder: the run's folder.
        manifest: the run's manifest; None: read it from the folder.

    Raises:
        UserError: the file is missing, was changed or cannot be read.
    """
    manifest = manifest or read_manifest(folder)
    if not is_recorded(folder):
        return checked_file(folder, HYPOTHESES_FILE, manifest).read_bytes()
    compressed, digest = folder / COMPRESSED_FILE, manifest.files.get(HYPOTHESES_FILE)
    if digest is None:
        raise UserError(f"{compressed}: is no file that the run wrote; delete it")
    try:
        with open_regular(compressed) as file, gzip.open(file) as stream:
            content = stream.read(digest.size + 1)  # No more, whatever the archive contains.
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{compressed}: damaged gzip ({error}); put back the file that was recorded") from None
    except OSError as error:
        raise UnreadableError(compressed, error) from None
    if FileDigest.of_bytes(content) != digest:
        raise UserError(f"{compressed}: was changed: its content is not that of the run; restore the recorded file")
    return content


def read_hypotheses(folder: Path, count: int) -> list[str]:
    """Check the digest of a finished run's hypotheses for the test set, and return them.

    Args:
        folder: the run's folder.
        count: number of sentences or images in the test set.

    Raises:
        UserError: the file is missing, was changed or cannot be read, or does not have `count` lines.
    """
    lines = lines_of(hypotheses_bytes(folder), folder / HYPOTHESES_FILE)
    if len(lines) != count:
        raise UserError(f"{folder / HYPOTHESES_FILE}: not {count} lines, as the test set has; {TRAIN_AGAIN}")
    return lines
