"""Statistics over runs that differ only in their seeds."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from erac_vaml.reporting.paper import Spread


@dataclass(frozen=True)
class Summary:
    """One measure over the finished runs of a cell; NaN where there are too few of them."""

    n: int = 0
    """Finished runs, over which the statistics are taken."""
    n_diverged: int = 0
    """Runs that diverged: left out of the statistics, as in Table 3."""
    n_planned: int = 0
    """Runs that the experiment plans, missing ones among them; 0: the cell is no part of the experiment."""
    mean: float = math.nan
    std: float = math.nan
    """Sample standard deviation (n − 1)."""
    min: float = math.nan
    max: float = math.nan


def summarise(scores: pd.DataFrame, measure: str) -> Summary:
    """Return the statistics of one measure.

    Args:
        scores: rows of scores.csv, one for each planned run of the cell.
        measure: column, for example "test_bleu".
    """
    values = scores.loc[scores["status"] == "finished", measure].dropna().astype(float)
    n_diverged = int((scores["status"] == "diverged").sum())
    if values.empty:
        return Summary(0, n_diverged, len(scores))
    std = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    mean, lowest, highest = float(values.mean()), float(values.min()), float(values.max())
    return Summary(len(values), n_diverged, len(scores), mean, std, lowest, highest)


def tidy_row(
    task: str | None,
    algorithm: str,
    metric: str,
    summary: Summary,
    paper: Spread | None = None,
    values: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a row of a tidy table: the cell's names and values, our statistics, the paper's where it is given."""
    row = {"task": task, "algorithm": algorithm, **(values or {}), "metric": metric, **asdict(summary)}
    if paper is not None:
        row |= {f"paper_{name}": value for name, value in paper.model_dump().items()}
    return row
