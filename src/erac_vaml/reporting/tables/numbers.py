"""Format the numbers of tables: in the paper's form, with the counts of missing runs, and the best in bold."""

import math
from collections.abc import Sequence
from dataclasses import replace

from erac_vaml.config import Experiment
from erac_vaml.plan import Cell
from erac_vaml.reporting.labels import data_statement, task_label
from erac_vaml.reporting.paper import Spread
from erac_vaml.reporting.tables.layout import Text

NOTHING = "–"


def number(value: float | None) -> str:
    """Return a score with two decimals; a dash for None and NaN."""
    return NOTHING if value is None or math.isnan(value) else f"{value:.2f}"


def mean_std(statistics: Cell | Spread) -> str:
    """Return "28.30 ± 0.06". A cell has † if runs diverged, and "(7/9)" if runs are missing or diverged.

    Two runs have no deviation: if they are all, both scores follow, as in "28.30 (28.20–28.40)".
    """
    text = number(statistics.mean)
    if statistics.std is not None and not math.isnan(statistics.std):
        text += f" ± {number(statistics.std)}"
    if isinstance(statistics, Cell):
        text += "†" if statistics.n_diverged else ""
        if statistics.n_finished < statistics.n_planned:
            text += f" ({statistics.n_finished}/{statistics.n_planned})"
        elif statistics.n_finished == 2:
            text += f" ({number(statistics.min)}–{number(statistics.max)})"
    return text


def best(values: Sequence[float | None]) -> list[bool]:
    """Return which values are the highest as printed; none if fewer than two can be compared."""
    shown = [-math.inf if value is None or math.isnan(value) else round(value, 2) for value in values]
    comparable = sum(math.isfinite(value) for value in shown) > 1
    return [comparable and value == max(shown) for value in shown]


def emphasise(texts: Sequence[str], values: Sequence[float | None], paper: bool = False) -> list[Text]:
    """Return the fields of a column, the best in bold."""
    return [Text(text, bold, paper) for text, bold in zip(texts, best(values), strict=True)]


def linked(fields: Sequence[Text], cells: Sequence[Cell]) -> list[Text]:
    """Return the fields of a column with links to the runs of the cells that they show."""
    return [replace(field, runs=group_of(cell)) for field, cell in zip(fields, cells, strict=True)]


def group_of(cell: Cell) -> str:
    """Return `{task}/{algorithm}` of a cell's runs; empty if none is planned."""
    return f"{cell.task}/{cell.algorithm}" if cell.runs else ""


def data_of(experiment: Experiment, cells: Sequence[Cell]) -> str:
    """Return the caption's sentence on the data of these cells."""
    return data_statement(experiment, data_tasks(experiment, cells))


def data_tasks(experiment: Experiment, cells: Sequence[Cell]) -> list[str]:
    """Return the tasks of the planned cells, or all tasks if no cell is planned."""
    return list(dict.fromkeys(cell.task for cell in cells if cell.n_planned)) or list(experiment.tasks)


def score_notes(experiment: Experiment, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Return the sentences below a table of scores: the planned runs of each cell, and what the marks mean."""
    notes = []
    counts: dict[str, set[int]] = {}
    for cell in cells:
        counts.setdefault(cell.task, set()).add(cell.n_planned)
    runs = [
        f"{' or '.join(map(str, sorted(planned - {0})))} ({task_label(experiment, task)})"
        for task, planned in counts.items()
        if planned != {0}
    ]
    if runs:
        notes.append(f"Runs per cell: {', '.join(runs)}.")
    if any(cell.n_finished == 2 for cell in cells):
        notes.append("A mean of two runs has no standard deviation.")
    if any(cell.n_finished < cell.n_planned for cell in cells):
        notes.append("(k/n): k of n planned runs have finished without diverging.")
    if any(cell.n_diverged for cell in cells):
        notes.append("† after our numbers: diverged runs are left out.")
    return tuple(notes)
