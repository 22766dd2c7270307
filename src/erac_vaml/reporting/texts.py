"""Read the test set's references."""

from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.preparation import prepared_file
from erac_vaml.reporting.inputs import references_file


def read_references(experiment: Experiment, results: Path, task: str) -> list[list[str]] | None:
    """Return the references of each test sentence or image; None if the data are not prepared.

    Raises:
        UserError: the file was changed, or cannot be read.
    """
    path = results / references_file(experiment, task)
    if not path.exists():
        return None
    lines = read_lines(prepared_file(path.parent, path.name))
    return [line.split("\t") for line in lines] if experiment.captions_images(task) else [[line] for line in lines]
