"""The paper's Tables 1-7 and the tables of ablation grids: tidy CSV, Markdown and LaTeX from results/scores.csv."""

from pathlib import Path

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import write_text
from erac_vaml.reporting.scores import collect_scores
from erac_vaml.reporting.tables.ablation import ablation_table, table3
from erac_vaml.reporting.tables.hyperparameters import table5, table6
from erac_vaml.reporting.tables.layout import Table, html, latex, markdown
from erac_vaml.reporting.tables.results import table1, table4
from erac_vaml.reporting.tables.systems import table2, table7

__all__ = ["ablation_table", "html", "paper_table", "save_table", "write_ablation_table", "write_table"]


def write_table(experiment: Experiment, results: Path, number: int) -> None:
    """Write results/tables/table{number}.csv, .md and .tex; Tables 5 and 6 need no scores.

    Raises:
        UserError: there is no such table, or a run's scores cannot be read.
    """
    scores = pd.DataFrame() if number in (5, 6) else collect_scores(experiment, results)
    save_table(paper_table(experiment, scores, number), results)


def write_ablation_table(experiment: Experiment, results: Path, grid: str) -> None:
    """Write results/tables/ablation-{grid}.csv, .md and .tex.

    Raises:
        UserError: there is no such grid, or a run's scores cannot be read.
    """
    save_table(ablation_table(experiment, collect_scores(experiment, results), grid), results)


def paper_table(experiment: Experiment, scores: pd.DataFrame, number: int) -> Table:
    """Return one of the paper's tables.

    Raises:
        UserError: there is no such table.
    """
    match number:
        case 1:
            return table1(experiment, scores)
        case 2:
            return table2(experiment, scores)
        case 3:
            return table3(experiment, scores)
        case 4:
            return table4(experiment, scores)
        case 5:
            return table5(experiment)
        case 6:
            return table6(experiment)
        case 7:
            return table7(experiment, scores)
    raise UserError(f"table {number}: the paper has Tables 1 to 7")


def save_table(table: Table, results: Path) -> None:
    """Write results/tables/{table.name}.csv, .md and .tex."""
    folder = results / "tables"
    write_text(folder / f"{table.name}.csv", table.data.to_csv(index=False))
    write_text(folder / f"{table.name}.md", markdown(table))
    write_text(folder / f"{table.name}.tex", latex(table))
