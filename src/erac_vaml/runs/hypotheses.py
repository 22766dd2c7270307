"""Read and write hypotheses.txt: a run's output for the test set; captions also in COCO's result format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erac_vaml.data.corpus import read_lines
from erac_vaml.errors import UserError
from erac_vaml.files import write_json, write_text
from erac_vaml.runs.manifest import TRAIN_AGAIN, checked_file

HYPOTHESES_FILE, COCO_FILE = "hypotheses.txt", "hypotheses.json"


def write_hypotheses(folder: Path, hypotheses: Sequence[str], coco_results: Sequence[dict[str, Any]]) -> None:
    """Write a run's hypotheses, one per line; captions also in COCO's result format.

    Raises:
        OSError: a file cannot be written.
    """
    write_text(folder / HYPOTHESES_FILE, "".join(line + "\n" for line in hypotheses), durable=True)
    if coco_results:
        write_json(folder / COCO_FILE, coco_results, indent=None, durable=True)


def read_hypotheses(folder: Path, count: int) -> list[str]:
    """Check the digest of a finished run's hypotheses for the test set, and return them.

    Args:
        folder: the run's folder.
        count: number of sentences or images in the test set.

    Raises:
        UserError: the file is missing, was changed or cannot be read, or does not have `count` lines.
    """
    path = checked_file(folder, HYPOTHESES_FILE)
    lines = read_lines(path, TRAIN_AGAIN)
    if len(lines) != count:
        raise UserError(f"{path}: not {count} lines, as the test set has; {TRAIN_AGAIN}")
    return lines
