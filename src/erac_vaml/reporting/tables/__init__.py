"""Make the paper's Tables 1-7 and the tables of ablation grids: tidy CSV, Markdown, LaTeX, and HTML for the page."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import write_text
from erac_vaml.plan import Plan
from erac_vaml.reporting.inputs import Inputs
from erac_vaml.reporting.scores import Scores, read_scores
from erac_vaml.reporting.tables.ablation import ablation_table, grid_inputs, table3, table3_inputs
from erac_vaml.reporting.tables.hyperparameters import table5, table5_inputs, table6, table6_inputs
from erac_vaml.reporting.tables.layout import Table, html, latex, markdown
from erac_vaml.reporting.tables.results import table1, table1_inputs, table4, table4_inputs
from erac_vaml.reporting.tables.systems import table2, table2_inputs, table7, table7_inputs

ABLATION = "ablation-"
KINDS = ("csv", "md", "tex", "html")
"""Files of each table; the HTML is a part of report.html."""


class Maker(NamedTuple):
    """How a table is made, and of what."""

    inputs: Callable[[Plan], Inputs]
    make: Callable[[Scores], Table]


_PAPER = {
    "table1": Maker(table1_inputs, table1),
    "table2": Maker(table2_inputs, table2),
    "table3": Maker(table3_inputs, table3),
    "table4": Maker(table4_inputs, table4),
    "table5": Maker(table5_inputs, table5),
    "table6": Maker(table6_inputs, table6),
    "table7": Maker(table7_inputs, table7),
}


def table_names(experiment: Experiment) -> list[str]:
    """Return the names of all tables that the experiment has."""
    return [*_PAPER, *(f"{ABLATION}{name}" for name in experiment.ablations)]


def table_inputs(plan: Plan, name: str) -> Inputs:
    """Return what a table is made of.

    Raises:
        UserError: there is no such table.
    """
    return _maker(name).inputs(plan)


def make_table(scores: Scores, name: str) -> Table:
    """Return a table by its name: table1 to table7, or ablation-{grid}.

    Args:
        scores: of the runs that `table_inputs` names, at least.
        name: the table's.

    Raises:
        UserError: there is no such table.
    """
    return _maker(name).make(scores)


def write_table(experiment: Experiment, results: Path, name: str) -> None:
    """Write results/tables/{name} in each of the `KINDS`, from its own runs alone.

    Raises:
        UserError: there is no such table, or a run's scores cannot be read.
    """
    plan = Plan(experiment)
    save_table(make_table(read_scores(plan, results, table_inputs(plan, name).runs), name), results)


def save_table(table: Table, results: Path) -> None:
    """Write results/tables/{table.name} in each of the `KINDS`."""
    path = results / "tables" / table.name
    write_text(path.with_suffix(".csv"), table.data.to_csv(index=False))
    write_text(path.with_suffix(".md"), markdown(table))
    write_text(path.with_suffix(".tex"), latex(table))
    write_text(path.with_suffix(".html"), f"{html(table)}\n")


def _maker(name: str) -> Maker:
    if name.startswith(ABLATION):
        grid = name.removeprefix(ABLATION)
        return Maker(partial(grid_inputs, name=grid), partial(ablation_table, name=grid))
    if name not in _PAPER:
        raise UserError(f"{name}: no such table; the paper has Tables 1 to 7")
    return _PAPER[name]
