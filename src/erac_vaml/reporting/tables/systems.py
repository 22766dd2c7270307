"""Make Tables 2 and 7: VAML and ERAC among the systems of earlier work."""

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.config.settings import Network
from erac_vaml.plan import Cell, Plan, runs_of
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.inputs import Inputs, shown_settings
from erac_vaml.reporting.labels import task_label
from erac_vaml.reporting.paper import System, paper_numbers, paper_spread, task_of_setting
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, line
from erac_vaml.reporting.tables.numbers import (
    NOTHING,
    data_of,
    data_tasks,
    emphasise,
    mean_std,
    number,
    score_notes,
)
from erac_vaml.reporting.tidy import tidy_row

_ARCHITECTURE = ("network.layers", "network.units", "network.attention", "network.input_feeding")
_ATTENTION = {"dot": "Dot-Prod", "mlp": "MLP"}


def table2_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 2: our runs beside the paper's own systems."""
    return _inputs(plan, paper_numbers().table2)


def table7_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 7: our runs beside the paper's own systems."""
    return _inputs(plan, paper_numbers().table7, *_ARCHITECTURE)


def table2(scores: Scores) -> Table:
    """Return Table 2: BLEU of earlier systems, the paper's VAML and ERAC, and ours."""
    systems = paper_numbers().table2
    cells = [_our_cell(scores, system) for system in systems]
    columns = [
        emphasise([f"{system.bleu:g}" for system in systems], [system.bleu for system in systems], paper=True),
        emphasise(list(map(_maximum, systems, cells)), [cell.max for cell in cells]),
        emphasise([_mean(cell) for cell in cells], [cell.mean for cell in cells]),
    ]
    return Table(
        name="table2",
        title="Table 2",
        caption="Test BLEU of VAML and ERAC with input feeding and of earlier systems, whose numbers are those of the "
        "original work. The paper's VAML and ERAC are the best of 9 runs, so our best run stands beside them; our "
        "mean is the fairer number.",
        statement=data_of(scores.experiment, cells),
        columns=(Column("Algorithm"), Column("BLEU", "paper"), Column("Max", "ours"), Column("Mean", "ours")),
        lines=tuple(
            line([_name(system), *(column[index] for column in columns)], rule=_first_of_ours(systems, index))
            for index, system in enumerate(systems)
        ),
        notes=_notes(scores.experiment, cells),
        data=_data(systems, cells),
    )


def table7(scores: Scores) -> Table:
    """Return Table 7: the systems of Table 2 with their architectures, and two-layer models."""
    experiment, systems = scores.experiment, paper_numbers().table7
    cells = [_our_cell(scores, system) for system in systems]
    # The paper's best of each depth is bold. One-layer systems come first, then those of two layers.
    depths = [(system.architecture or ("",))[0][:1] for system in systems]
    lines: list[Line] = []
    for index, (system, cell) in enumerate(zip(systems, cells, strict=True)):
        peers = [other.bleu for other, depth in zip(systems, depths, strict=True) if depth == depths[index]]
        printed = Text(f"{system.bleu:g}", system.bleu == max(peers), paper=True)
        rule = index > 0 and depths[index] != depths[index - 1]
        architecture = [Text(item, paper=True) for item in system.architecture or ()]
        lines.append(line([Text(_name(system), paper=True), *architecture, printed, ""], rule))
        if system.algorithm is not None:
            task = task_of_setting(experiment, system.setting or "")
            own = _architecture(experiment.tasks[task].network) if task else [NOTHING] * 6
            lines.append(line([f"{system.system}, ours", *own, _maximum(system, cell), _mean(cell)]))
    return Table(
        name="table7",
        title="Table 7",
        caption="Test BLEU and architectures of earlier systems, of the paper's VAML and ERAC (italics) and of ours: "
        "best run, as the paper has it, and mean. Earlier systems' numbers are those of the original work.",
        statement=data_of(experiment, cells),
        columns=(
            Column("Algorithm"),
            Column("NN Type", "Encoder"),
            Column("Size", "Encoder"),
            Column("NN Type", "Decoder"),
            Column("Size", "Decoder"),
            Column("Attention", "Decoder"),
            Column("Input Feed", "Decoder"),
            Column("BLEU"),
            Column("Our mean"),
        ),
        lines=tuple(lines),
        notes=_notes(experiment, cells),
        data=_data(systems, cells),
    )


def _task_of(experiment: Experiment, system: System) -> str | None:
    """Return the task beside one of the paper's own systems; None for earlier systems, or without such a task."""
    return task_of_setting(experiment, system.setting) if system.algorithm and system.setting else None


def _inputs(plan: Plan, systems: list[System], *fields: str) -> Inputs:
    pairs = [(_task_of(plan.experiment, system), system.algorithm) for system in systems]
    cells = [plan.algorithm(task, algorithm) for task, algorithm in pairs if task and algorithm]
    shown = dict.fromkeys([*(cell.task for cell in cells), *data_tasks(plan.experiment, cells)])
    return Inputs(tuple(runs_of(cells)), settings=shown_settings(plan.experiment, shown, *fields))


def _our_cell(scores: Scores, system: System) -> Cell:
    """Return our cell beside one of the paper's own systems; a cell without task and runs if there is none."""
    task = _task_of(scores.experiment, system)
    if task and system.algorithm:
        return scores.algorithm(task, system.algorithm)
    return Cell("", system.algorithm or system.system, metric="test_bleu")


def _name(system: System) -> str:
    return f"{system.system} ({system.citation})" if system.citation else system.system


def _maximum(system: System, cell: Cell) -> str:
    if not cell.n_planned:
        return "" if system.algorithm is None else "not run"
    return number(cell.max)


def _mean(cell: Cell) -> str:
    return mean_std(cell) if cell.task else ""


def _first_of_ours(systems: list[System], index: int) -> bool:
    return systems[index].algorithm is not None and index > 0 and systems[index - 1].algorithm is None


def _architecture(network: Network) -> list[str]:
    return [
        f"{network.layers}-layer BiLSTM",
        f"{network.units // 2} × 2",
        f"{network.layers}-layer LSTM",
        f"{network.units}",
        _ATTENTION[network.attention],
        "Y" if network.input_feeding else "N",
    ]


def _notes(experiment: Experiment, cells: list[Cell]) -> tuple[str, ...]:
    used = ", ".join(dict.fromkeys(task_label(experiment, cell.task) for cell in cells if cell.task))
    return ((f"Ours: {used}.",) if used else ()) + score_notes(experiment, cells)


def _data(systems: list[System], cells: list[Cell]) -> pd.DataFrame:
    """Return a row for each system. The paper's BLEU is that of the best run: `paper_max`."""
    rows = []
    for system, cell in zip(systems, cells, strict=True):
        setting = system.setting if system.algorithm else None
        spread = paper_spread(setting, system.algorithm or "").model_copy(update={"max": system.bleu})
        rows.append(tidy_row(cell, spread) | {"citation": system.citation, "paper_setting": setting})
    return pd.DataFrame(rows)
