"""Make Table 3, and the table of any ablation grid."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from erac_vaml.config import Experiment, Grid
from erac_vaml.errors import UserError
from erac_vaml.plan import Cell, Plan, runs_of
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.inputs import Inputs, grid_settings, shown_settings
from erac_vaml.reporting.labels import ALGORITHMS, METRICS, field_label, task_label, value_label
from erac_vaml.reporting.names import ABLATION
from erac_vaml.reporting.paper import paper_numbers
from erac_vaml.reporting.tables.layout import PAPER, Column, Line, Table, line
from erac_vaml.reporting.tables.numbers import NOTHING, data_of, emphasise, linked, mean_std, number, score_notes
from erac_vaml.reporting.tidy import tidy_row

LAMBDA, BETA, TAU = "actor_critic.lambda_var", "actor_critic.beta", "actor_critic.tau"
TABLE3 = "table3"
"""Name of the grid that feeds Table 3."""


def grid_inputs(plan: Plan, name: str) -> Inputs:
    """Return the inputs of a grid's table and figure: its cells, and MLE with the same seeds for reference.

    Raises:
        UserError: the experiment has no such grid.
    """
    known_grid(plan.experiment, name)
    cells = [*plan.grid(name), plan.grid_reference(name)]
    return Inputs(tuple(runs_of(cells)), settings=grid_settings(plan.experiment, name))


def known_grid(experiment: Experiment, name: str) -> Grid:
    """Return an ablation grid.

    Raises:
        UserError: the experiment has no such grid.
    """
    if name not in experiment.ablations:
        known = ", ".join(experiment.ablations) or "none"
        raise UserError(f"ablation {name}: the experiment has no such grid; it has {known}")
    return experiment.ablations[name]


def table3_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 3: its grid, if the experiment has it."""
    if TABLE3 in plan.experiment.ablations:
        return grid_inputs(plan, TABLE3)
    return Inputs(settings=shown_settings(plan.experiment, plan.experiment.tasks))


def table3_cells(scores: CollectedScores) -> dict[tuple[float, float], Cell]:
    """Return the cells of Table 3's grid by (λ_var, β); empty if the experiment has no such grid."""
    cells = scores.grid(TABLE3, "valid_bleu")
    if not cells or set(cells[0].values) != {LAMBDA, BETA}:
        return {}
    return {(float(cell.values[LAMBDA]), float(cell.values[BETA])): cell for cell in cells}


def table3(scores: CollectedScores) -> Table:
    """Return Table 3: validation BLEU of ERAC by λ_var and β, the paper's numbers below ours.

    Raises:
        UserError: the grid `table3` varies other fields.
    """
    experiment, paper = scores.experiment, paper_numbers().table3
    grid = experiment.ablations.get(TABLE3)
    if grid is not None and set(grid.vary) != {LAMBDA, BETA}:
        raise UserError(f"ablations.{TABLE3}.vary: Table 3 varies {LAMBDA} and {BETA}; rename a grid of other settings")
    reference = scores.grid_reference(TABLE3, "valid_bleu") if grid else None
    ours, theirs = table3_cells(scores), paper.by_values
    keys = sorted({*ours, *theirs})
    lines = _pivot_lines(
        sorted({first for first, _ in keys}),
        sorted({second for _, second in keys}),
        ours,
        {key: (number(cell.bleu) + ("†" if cell.diverged else ""), cell.bleu) for key, cell in theirs.items()},
    )
    scored = [*ours.values(), *([reference] if reference else [])]
    level = mean_std(reference) if reference else "not run"
    missing = () if grid else (f"Ours: not run, because the experiment has no ablation grid {TABLE3!r}.",)
    rows = []
    for key in keys:
        printed = {"paper_mean": theirs[key].bleu, "paper_diverged": theirs[key].diverged} if key in theirs else {}
        nobody = Cell("", "erac", values={LAMBDA: key[0], BETA: key[1]}, metric="valid_bleu")
        rows.append(tidy_row(ours.get(key, nobody)) | printed)
    rows.append(tidy_row(reference or Cell("", "mle", metric="valid_bleu")) | {"paper_mean": paper.mle})
    return Table(
        name="table3",
        title="Table 3",
        caption="Mean validation BLEU of ERAC by the weight of the smoothing term, λ_var (0: none), and the speed of "
        "the target critic, β (1: no target critic). Bold marks the best; italics are the paper's numbers; † marks "
        "means that leave out diverged runs.",
        statement=data_of(experiment, scored),
        columns=(Column("λ_var \\ β"), *(Column(value_label(beta)) for beta in sorted({key[1] for key in keys}))),
        lines=lines,
        notes=(
            f"MLE with the same seeds: {level}; paper: {paper.mle:g}.",
            *missing,
            *score_notes(experiment, scored),
        ),
        data=pd.DataFrame(rows),
    )


def ablation_table(scores: CollectedScores, name: str) -> Table:
    """Return the table of an ablation grid: rows and columns for two fields, rows for one.

    Raises:
        UserError: the experiment has no such grid, or the grid names an unknown field.
    """
    experiment = scores.experiment
    grid = known_grid(experiment, name)
    cells, reference = scores.grid(name), scores.grid_reference(name)
    fields = list(grid.vary)
    columns: tuple[Column, ...]
    if len(fields) == 2:
        rows, across = (grid.vary[field] for field in fields)
        columns = (
            Column(" \\ ".join(map(field_label, fields))),
            *(Column(value_label(value)) for value in across),
        )
        lines = _pivot_lines(rows, across, {tuple(cell.values.values()): cell for cell in cells}, {})
    else:
        columns = (Column(field_label(fields[0])), Column("Mean"), Column("Min"), Column("Max"))
        means = linked(emphasise([mean_std(cell) for cell in cells], [cell.mean for cell in cells]), cells)
        lines = tuple(
            line([value_label(cell.values[fields[0]]), mean, number(cell.min), number(cell.max)])
            for cell, mean in zip(cells, means, strict=True)
        )
    return Table(
        name=f"{ABLATION}{name}",
        title=f"Grid {name}",
        caption=f"{ALGORITHMS[grid.algorithm]}, {task_label(experiment, grid.task)}: mean {METRICS[grid.metric]} by "
        f"{' and '.join(map(field_label, fields))}. Bold marks the best.",
        statement=data_of(experiment, cells),
        columns=columns,
        lines=lines,
        notes=(
            f"MLE with the same seeds: {mean_std(reference)}.",
            *score_notes(experiment, [*cells, reference]),
        ),
        data=pd.DataFrame([tidy_row(cell) for cell in (*cells, reference)]),
    )


def _pivot_lines(
    rows: Sequence[Any],
    columns: Sequence[Any],
    cells: Mapping[tuple[Any, ...], Cell],
    papers: Mapping[tuple[Any, ...], tuple[str, float]],
) -> tuple[Line, ...]:
    """Return a line for each row value, and below it a line of the paper's (text, number) if the paper has one."""
    positions = [(row, column) for row in rows for column in columns]
    own = [cells.get(position, Cell("", "")) for position in positions]
    printed = [papers.get(position, (NOTHING, None)) for position in positions]
    ours = linked(emphasise([mean_std(cell) for cell in own], [cell.mean for cell in own]), own)
    theirs = emphasise([text for text, _ in printed], [value for _, value in printed], paper=True)
    lines = []
    for index, row in enumerate(rows):
        here = slice(index * len(columns), (index + 1) * len(columns))
        lines.append(line([value_label(row), *ours[here]], apart=bool(papers) and index > 0))
        if any(position in papers for position in positions[here]):
            lines.append(line([PAPER, *theirs[here]]))
    return tuple(lines)
