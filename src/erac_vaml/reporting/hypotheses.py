"""What a run says of the test set."""

from pathlib import Path

from erac_vaml.data.corpus import read_lines
from erac_vaml.errors import UserError

_AGAIN = "train the run again"


def read_hypotheses(folder: Path, count: int) -> list[str]:
    """Return a finished run's hypotheses, as many as the test set has sentences or images.

    Raises:
        UserError: they are missing or damaged, or another number.
    """
    path = folder / "hypotheses.txt"
    lines = read_lines(path, _AGAIN)
    if len(lines) != count:
        raise UserError(f"{path}: not {count} lines, as the test set has; {_AGAIN}")
    return lines
