"""Format the numbers of tables: the paper's own form, honest counts, the best in bold."""

import math
from collections.abc import Sequence

from erac_vaml.config import Experiment
from erac_vaml.plan import Cell
from erac_vaml.reporting.labels import data_statement, task_label
from erac_vaml.reporting.paper import Spread
from erac_vaml.reporting.tables.layout import Text

NOTHING = "–"


def number(value: float | None) -> str:
    """Return a score with two decimals; a dash where there is none."""
    return NOTHING if value is None or math.isnan(value) else f"{value:.2f}"


def mean_std(statistics: Cell | Spread) -> str:
    """Return "28.30 ± 0.06", without the deviation where there is none, with † and "(7/9)" where runs are lacking."""
    if statistics.std is None or math.isnan(statistics.std):
        text = number(statistics.mean)
    else:
        text = f"{number(statistics.mean)} ± {number(statistics.std)}"
    return text + _shortfall(statistics) if isinstance(statistics, Cell) else text


def _shortfall(cell: Cell) -> str:
    dagger = "†" if cell.n_diverged else ""
    count = f" ({cell.n_finished}/{cell.n_planned})" if cell.n_finished < cell.n_planned else ""
    return dagger + count


def best(values: Sequence[float | None]) -> list[bool]:
    """Return which values are the highest as printed; none where fewer than two can be compared."""
    shown = [-math.inf if value is None or math.isnan(value) else round(value, 2) for value in values]
    comparable = sum(math.isfinite(value) for value in shown) > 1
    return [comparable and value == max(shown) for value in shown]


def emphasise(texts: Sequence[str], values: Sequence[float | None], paper: bool = False) -> list[Text]:
    """Return the fields of a column, the best in bold."""
    return [Text(text, bold, paper) for text, bold in zip(texts, best(values), strict=True)]


def data_of(experiment: Experiment, cells: Sequence[Cell]) -> str:
    """Return the caption's sentence on the data of these numbers."""
    return data_statement(experiment, data_tasks(experiment, cells))


def data_tasks(experiment: Experiment, cells: Sequence[Cell]) -> list[str]:
    """Return the tasks whose data the numbers come from: those of the planned cells, or all."""
    return list(dict.fromkeys(cell.task for cell in cells if cell.n_planned)) or list(experiment.tasks)


def score_notes(experiment: Experiment, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Return the sentences beneath a table of scores: how many runs it stands on, and what its marks mean."""
    tasks = dict.fromkeys(cell.task for cell in cells)
    notes = []
    counts = {task: sorted({cell.n_planned for cell in cells if cell.task == task} - {0}) for task in tasks}
    runs = "; ".join(
        f"{task_label(experiment, task)}: {' or '.join(map(str, planned))}"
        for task, planned in counts.items()
        if planned
    )
    if runs:
        notes.append(f"Runs planned for each of our numbers – {runs}.")
    if any(cell.n_finished < cell.n_planned for cell in cells):
        notes.append("(k/n): only k of the n planned runs have finished without diverging.")
    if any(cell.n_diverged for cell in cells):
        notes.append("† after our numbers: runs that diverged are left out.")
    return tuple(notes)
