"""Make Tables 2 and 7: VAML and ERAC among the systems of earlier work."""

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.config.settings import Network
from erac_vaml.plan import Cell, Plan, runs_of
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.inputs import Inputs, shown_settings
from erac_vaml.reporting.labels import task_label
from erac_vaml.reporting.paper import System, paper_numbers, paper_spread, task_of_setting
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, heading, line
from erac_vaml.reporting.tables.numbers import (
    data_of,
    data_tasks,
    emphasise,
    linked,
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


def table2(scores: CollectedScores) -> Table:
    """Return Table 2: BLEU of earlier systems, the paper's VAML and ERAC, and ours."""
    systems = paper_numbers().table2
    cells = [_our_cell(scores, system) for system in systems]
    columns = [
        emphasise([f"{system.bleu:g}" for system in systems], [system.bleu for system in systems], paper=True),
        _ours([number(cell.max) for cell in cells], [cell.max for cell in cells], cells),
        _ours([mean_std(cell) for cell in cells], [cell.mean for cell in cells], cells),
    ]
    return Table(
        name="table2",
        title="Table 2",
        caption="Test BLEU of VAML and ERAC with input feeding, and of earlier systems as their authors report it. "
        "The paper prints the best of 9 runs of VAML and ERAC; beside it are our best run and our mean.",
        statement=data_of(scores.experiment, cells),
        columns=(Column("System"), Column("Best", "paper"), Column("Best", "ours"), Column("Mean", "ours")),
        lines=tuple(
            line([_name(system), *(column[index] for column in columns)], apart=_first_of_ours(systems, index))
            for index, system in enumerate(systems)
        ),
        notes=_notes(scores.experiment, cells),
        data=_data(systems, cells),
    )


def table7(scores: CollectedScores) -> Table:
    """Return Table 7: the systems of Table 2 with their architectures, and two-layer models."""
    experiment, systems = scores.experiment, paper_numbers().table7
    cells = [_our_cell(scores, system) for system in systems]
    columns = (
        Column("System"),
        Column("Type", "Encoder"),
        Column("Size", "Encoder"),
        Column("Type", "Decoder"),
        Column("Size", "Decoder"),
        Column("Attention", "Decoder"),
        Column("Feed", "Decoder"),
        Column("BLEU"),
    )
    lines: list[Line] = []
    for layers, title in ((1, "One layer"), (2, "Two layers")):
        lines.append(heading(title, len(columns)))
        depth = f"{layers}-layer "
        of_depth = [(system, cell) for system, cell in zip(systems, cells, strict=True) if system.has_layers(layers)]
        for system, cell in of_depth:
            best = system.bleu == max(other.bleu for other, _ in of_depth)
            architecture = [Text(item.removeprefix(depth), paper=True) for item in system.architecture or ()]
            printed = Text(f"{system.bleu:g}", best, paper=True)
            lines.append(line([Text(_name(system), paper=True), *architecture, printed]))
            if cell.n_planned:
                own = [item.removeprefix(depth) for item in _architecture(experiment.tasks[cell.task].network)]
                lines.append(line([f"{system.system}, ours", *own, *linked([Text(number(cell.max))], [cell])]))
    return Table(
        name="table7",
        title="Table 7",
        caption="Test BLEU and architectures of earlier systems and of the paper's VAML and ERAC (italics), and of "
        "our best run. Earlier systems' BLEU is that of their authors.",
        statement=data_of(experiment, cells),
        columns=columns,
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


def _our_cell(scores: CollectedScores, system: System) -> Cell:
    """Return our cell beside one of the paper's own systems; a cell without task and runs if there is none."""
    task = _task_of(scores.experiment, system)
    if task and system.algorithm:
        return scores.algorithm(task, system.algorithm)
    return Cell("", system.algorithm or system.system, metric="test_bleu")


def _name(system: System) -> str:
    return f"{system.system} ({system.citation})" if system.citation else system.system


def _ours(texts: list[str], values: list[float], cells: list[Cell]) -> list[Text]:
    """Return a column of our numbers, the best in bold; empty where nothing is planned."""
    shown = [text if cell.n_planned else "" for text, cell in zip(texts, cells, strict=True)]
    return linked(emphasise(shown, values), cells)


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
