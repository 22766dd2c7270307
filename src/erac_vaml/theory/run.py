"""All of it: the tables of the three experiments, and the picture, as files."""

from pathlib import Path

from erac_vaml.files import write_bytes, write_text
from erac_vaml.reporting.figures.style import render
from erac_vaml.theory.figure import Tables, caption, draw
from erac_vaml.theory.learning import Effort, run_learning
from erac_vaml.theory.targets import likeliest_sequences, measure_targets
from erac_vaml.theory.task import bleu_task

REFERENCE = "old dogs chase cats"
MAX_LENGTH = 6
"""T: five words and EOS, so that a sequence can be longer than the reference; 1,365 sequences."""


def write_theory(folder: Path, effort: Effort) -> None:
    """Write theory.pdf, theory.png and the four tables theory-*.csv that are drawn or told of.

    Args:
        folder: made where it is missing.
        effort: how much is learned.
    """
    task = bleu_task(REFERENCE, MAX_LENGTH)
    errors, learners = run_learning(task, effort)
    tables = Tables(measure_targets(task), likeliest_sequences(task), errors, learners)
    for name, table in tables.by_name().items():
        write_text(folder / f"theory-{name}.csv", table.to_csv(index=False))
    figure = draw(task, effort, tables)
    for kind in ("pdf", "png"):
        write_bytes(folder / f"theory.{kind}", render(figure, "The theory, exactly", caption(task, effort), kind))
