"""Read and write history.csv: one row for each epoch of a run."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.errors import UserError
from erac_vaml.files import read_regular, write_text
from erac_vaml.runs.manifest import TRAIN_AGAIN, checked_file

HISTORY_FILE = "history.csv"


@dataclass(frozen=True)
class Epoch:
    """A row of history.csv. A measure is None if the run's stage does not have it."""

    epoch: int
    """0 is the state before training of a network that comes from another stage."""
    step: int
    """Completed steps."""
    learning_rate: float
    train_loss: float
    """Mean over the epoch's steps; NaN in epoch 0."""
    valid_bleu: float | None
    valid_perplexity: float | None
    valid_td_error: float | None
    reconstruction_bleu: float | None
    improved: bool
    """Whether the network was the best so far."""
    valid_length_ratio: float | None = None
    """Words of the hypotheses of beam search divided by those of the references."""
    valid_greedy_bleu: float | None = None
    """Only of stages that start from MLE, as the next."""
    valid_sampled_bleu: float | None = None
    """BLEU of a sample of the policy for each source."""


HISTORY_COLUMNS = tuple(field.name for field in fields(Epoch))

_EPOCHS = TypeAdapter(list[Epoch])


def write_history(folder: Path, rows: Iterable[Mapping[str, Any]], *, durable: bool = True) -> None:
    """Write a run's history.csv.

    Args:
        folder: the run's folder or, while it trains, its state folder.
        rows: values by column, as the training loop records them; missing columns stay empty.
        durable: whether the disk must have the file when the function returns.

    Raises:
        OSError: the file cannot be written.
    """
    table = StringIO(newline="")
    writer = csv.DictWriter(table, HISTORY_COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    write_text(folder / HISTORY_FILE, table.getvalue(), durable=durable)


def read_history(folder: Path) -> list[Epoch]:
    """Check the digest of a finished or diverged run's history.csv, and return its epochs.

    Raises:
        UserError: the file is missing, damaged, was changed or cannot be read.
    """
    path = checked_file(folder, HISTORY_FILE)
    try:
        return _read(path)
    except (ValidationError, ValueError, csv.Error) as error:
        raise UserError(f"{path}: damaged ({str(error).splitlines()[0]}); {TRAIN_AGAIN}") from None


def read_history_so_far(state: Path) -> list[Epoch]:
    """Return the epochs in the state folder of an unfinished run; [] if the file is missing or damaged."""
    try:
        return _read(state / HISTORY_FILE)
    except (UserError, OSError, ValueError, csv.Error):
        return []


def _read(path: Path) -> list[Epoch]:
    text = StringIO(read_regular(path).decode("utf-8"), newline="")
    rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(text)]
    return _EPOCHS.validate_python(rows)
