"""Run the three experiments, and write their tables and the figure."""

from pathlib import Path

from erac_vaml.files import write_bytes, write_text
from erac_vaml.reporting.figures.style import render
from erac_vaml.theory.figure import caption, draw
from erac_vaml.theory.learning import Effort, run_learning
from erac_vaml.theory.targets import likeliest_sequences, measure_targets
from erac_vaml.theory.task import bleu_task

REFERENCE = "old dogs chase cats"
MAX_LENGTH = 6
"""T: five words and EOS, so that a sequence can be longer than the reference. There are 1,365 sequences."""


def write_theory(folder: Path, effort: Effort) -> None:
    """Write theory.pdf, theory.png and four tables theory-*.csv: the drawn numbers, and the likeliest sequences.

    Args:
        folder: is created if it is missing.
        effort: how much is learned.
    """
    task = bleu_task(REFERENCE, MAX_LENGTH)
    errors, measures = run_learning(task, effort)
    tables = {
        "targets": measure_targets(task),
        "sequences": likeliest_sequences(task),
        "soft-q": errors,
        "learning": measures,
    }
    for name, table in tables.items():
        write_text(folder / f"theory-{name}.csv", table.to_csv(index=False))
    figure = draw(task, tables)
    for kind in ("pdf", "png"):
        write_bytes(folder / f"theory.{kind}", render(figure, "The theory, exactly", caption(task, effort), kind))
