"""Read the test set's references, and what a run writes of it."""

from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.prepared import PREPARE_AGAIN
from erac_vaml.errors import UserError
from erac_vaml.plan import Run
from erac_vaml.reporting.inputs import references_file

_TRAIN_AGAIN = "train the run again"


def read_references(experiment: Experiment, results: Path, task: str) -> list[list[str]] | None:
    """Return the references of each test sentence or image; None where the data are not prepared.

    Raises:
        UserError: the file is damaged.
    """
    path = results / references_file(experiment, task)
    if not path.exists():
        return None
    lines = read_lines(path, PREPARE_AGAIN)
    return [line.split("\t") for line in lines] if experiment.captions_images(task) else [[line] for line in lines]


def read_hypotheses(results: Path, run: Run, count: int) -> list[str]:
    """Return a finished run's hypotheses, as many as the test set has sentences or images.

    Raises:
        UserError: they are missing or damaged, or there is another number of them.
    """
    path = results / run.path / "hypotheses.txt"
    lines = read_lines(path, _TRAIN_AGAIN)
    if len(lines) != count:
        raise UserError(f"{path}: not {count} lines, as the test set has; {_TRAIN_AGAIN}")
    return lines
