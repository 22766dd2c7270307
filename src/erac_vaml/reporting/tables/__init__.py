"""Make the tables of scores and settings and of ablation grids, as tidy CSV, Markdown, LaTeX, and HTML for the page."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import write_text
from erac_vaml.plan import Plan
from erac_vaml.reporting.collected_scores import CollectedScores, scores_of_runs
from erac_vaml.reporting.inputs import Inputs
from erac_vaml.reporting.names import ABLATION, TABLE1
from erac_vaml.reporting.tables.ablation import ablation_table, grid_inputs, table3, table3_inputs
from erac_vaml.reporting.tables.hyperparameters import table5, table5_inputs, table6, table6_inputs
from erac_vaml.reporting.tables.layout import Table, html, latex, markdown
from erac_vaml.reporting.tables.results import measures_table, table1, table1_inputs, table4, table4_inputs
from erac_vaml.reporting.tables.systems import table2, table2_inputs, table7, table7_inputs

_Maker = tuple[Callable[[Plan], Inputs], Callable[[CollectedScores], Table]]
"""The functions that return a table's inputs, and the table."""
_PAPER: dict[str, _Maker] = {
    TABLE1: (table1_inputs, table1),
    "table2": (table2_inputs, table2),
    "table3": (table3_inputs, table3),
    "table4": (table4_inputs, table4),
    "table5": (table5_inputs, table5),
    "table6": (table6_inputs, table6),
    "table7": (table7_inputs, table7),
}


def table_names(experiment: Experiment) -> list[str]:
    """Return the names of the tables that the experiment has: the paper's, or Table 1 alone, and those of its grids."""
    numbered = _PAPER if experiment.reproduces else [TABLE1]
    return [*numbered, *(f"{ABLATION}{name}" for name in experiment.ablations)]


def table_inputs(plan: Plan, name: str) -> Inputs:
    """Return the inputs of a table.

    Raises:
        UserError: there is no such table.
    """
    inputs, _ = _maker(plan.experiment, name)
    return inputs(plan)


def make_table(scores: CollectedScores, name: str) -> Table:
    """Return a table.

    Args:
        scores: scores of the runs that `table_inputs` names, or more.
        name: one of `table_names`.

    Raises:
        UserError: there is no such table.
    """
    _, make = _maker(scores.experiment, name)
    return make(scores)


def write_table(experiment: Experiment, results: Path, name: str) -> None:
    """Write results/tables/{name}.csv, .md, .tex and .html, and with Table 1 those of the other measures.

    Only the runs of the table are read.

    Raises:
        UserError: there is no such table, or a run's scores cannot be read.
    """
    plan = Plan(experiment)
    scores = scores_of_runs(plan, results, table_inputs(plan, name).runs)
    save_table(make_table(scores, name), results)
    if name == TABLE1:
        save_table(measures_table(scores), results)


def save_table(table: Table, results: Path) -> None:
    """Write results/tables/{table.name}.csv, .md, .tex and .html; the HTML is a part of report.html."""
    path = results / "tables" / table.name
    write_text(path.with_suffix(".csv"), table.data.to_csv(index=False))
    write_text(path.with_suffix(".md"), markdown(table))
    write_text(path.with_suffix(".tex"), latex(table))
    write_text(path.with_suffix(".html"), f"{html(table)}\n")


def _maker(experiment: Experiment, name: str) -> _Maker:
    if name.startswith(ABLATION):
        grid = name.removeprefix(ABLATION)
        return partial(grid_inputs, name=grid), partial(ablation_table, name=grid)
    if name not in _PAPER:
        raise UserError(f"{name}: no such table; the paper has Tables 1 to 7")
    if name not in table_names(experiment):
        raise UserError(f"{name}: belongs to the paper, which no task reproduces; set a task's paper_setting, as to mt")
    return _PAPER[name]
