"""Turn cells into rows of tidy tables."""

from typing import Any

from erac_vaml.plan import Cell
from erac_vaml.reporting.paper import Spread


def tidy_row(cell: Cell, paper: Spread | None = None) -> dict[str, Any]:
    """Return a cell's names, values and statistics, followed by the paper's statistics if they are given."""
    row = {
        "task": cell.task,
        "algorithm": cell.algorithm,
        **cell.values,
        "metric": cell.metric,
        "n": cell.n_finished,
        "n_diverged": cell.n_diverged,
        "n_planned": cell.n_planned,
        "mean": cell.mean,
        "std": cell.std,
        "min": cell.min,
        "max": cell.max,
    }
    if paper is not None:
        row |= {f"paper_{name}": value for name, value in paper.model_dump().items()}
    return row
