"""Format the numbers of tables: in the paper's form, with the counts of missing runs, and the best in bold."""

import math
from collections.abc import Sequence

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
    """Return "28.30 ± 0.06"; of a cell with † if runs diverged, and with "(7/9)" if runs are missing or diverged."""
    text = number(statistics.mean)
    if statistics.std is not None and not math.isnan(statistics.std):
        text += f" ± {number(statistics.std)}"
    if isinstance(statistics, Cell):
        text += "†" if statistics.n_diverged else ""
        if statistics.n_finished < statistics.n_planned:
            text += f" ({statistics.n_finished}/{statistics.n_planned})"
    return text


def best(values: Sequence[float | None]) -> list[bool]:
    """Return which values are the highest as printed; none if fewer than two can be compared."""
    shown = [-math.inf if value is None or math.isnan(value) else round(value, 2) for value in values]
    comparable = sum(math.isfinite(value) for value in shown) > 1
    return [comparable and value == max(shown) for value in shown]


def emphasise(texts: Sequence[str], values: Sequence[float | None], paper: bool = False) -> list[Text]:
    """Return the fields of a column, the best in bold."""
    return [Text(text, bold, paper) for text, bold in zip(texts, best(values), strict=True)]


def data_of(experiment: Experiment, cells: Sequence[Cell]) -> str:
    """Return the caption's sentence on the data of these cells."""
    return data_statement(experiment, data_tasks(experiment, cells))


def data_tasks(experiment: Experiment, cells: Sequence[Cell]) -> list[str]:
    """Return the tasks of the planned cells, or all tasks if no cell is planned."""
    return list(dict.fromkeys(cell.task for cell in cells if cell.n_planned)) or list(experiment.tasks)


def score_notes(experiment: Experiment, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Return the sentences below a table of scores: how many runs are planned, and what the marks mean."""
    notes = []
    counts: dict[str, set[int]] = {}
    for cell in cells:
        counts.setdefault(cell.task, set()).add(cell.n_planned)
    runs = [
        f"{task_label(experiment, task)}: {' or '.join(map(str, sorted(planned - {0})))}"
        for task, planned in counts.items()
        if planned != {0}
    ]
    if runs:
        notes.append(f"Runs per cell – {'; '.join(runs)}.")
    if any(cell.n_finished < cell.n_planned for cell in cells):
        notes.append("(k/n): only k of the n planned runs have finished without diverging.")
    if any(cell.n_diverged for cell in cells):
        notes.append("† after our numbers: runs that diverged are left out.")
    return tuple(notes)
