"""Make Tables 1 and 4: our algorithms on our tasks, the paper's numbers beside them."""

from collections.abc import Sequence

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.plan import CONTROL, Cell, Plan, runs_of
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.inputs import Inputs, shown_settings
from erac_vaml.reporting.labels import ALGORITHMS, CAPTION_METRICS, TRANSLATION_METRICS, data_statement, task_label
from erac_vaml.reporting.paper import Spread, paper_numbers, paper_spread, task_of_setting
from erac_vaml.reporting.tables.layout import PAPER, Column, Line, Table, Text, line
from erac_vaml.reporting.tables.numbers import data_of, emphasise, mean_std, number, score_notes
from erac_vaml.reporting.tidy import tidy_row

_CATEGORIES = (("mle", CONTROL), ("raml", "vaml"), ("ac", "erac"))
"""Table 1's blocks; the best of each is bold. Only an experiment that asks for the control has it in the table."""


def table1_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 1: the runs of its algorithms on every task."""
    tasks = plan.experiment.tasks
    cells = [plan.algorithm(task, algorithm) for task in tasks for algorithm in _algorithms(plan.experiment)]
    return Inputs(tuple(runs_of(cells)), settings=shown_settings(plan.experiment, tasks))


def _categories(experiment: Experiment) -> list[list[str]]:
    """Return Table 1's blocks, without the control if no task asks for it."""
    asked = {algorithm for task in experiment.tasks.values() for algorithm in task.algorithms}
    return [[name for name in category if name != CONTROL or name in asked] for category in _CATEGORIES]


def _algorithms(experiment: Experiment) -> list[str]:
    return [algorithm for category in _categories(experiment) for algorithm in category]


def table1(scores: Scores) -> Table:
    """Return Table 1: every algorithm on every task, the paper's numbers below ours."""
    experiment = scores.experiment
    tasks = list(experiment.tasks)
    cells = {algorithm: [scores.algorithm(task, algorithm) for task in tasks] for algorithm in _algorithms(experiment)}
    papers = {
        algorithm: [paper_spread(experiment.tasks[task].paper_setting, algorithm) for task in tasks]
        for algorithm in cells
    }
    lines: list[Line] = []
    for category in _categories(experiment):
        ours = _highlighted([cells[algorithm] for algorithm in category])
        theirs = _highlighted([papers[algorithm] for algorithm in category], paper=True)
        for index, algorithm in enumerate(category):
            lines.append(line([ALGORITHMS[algorithm], *ours[index]], rule=index == 0 and algorithm != "mle"))
            if any(spread != Spread() for spread in papers[algorithm]):
                lines.append(line([PAPER, *theirs[index]]))
    flat = [cell for row in cells.values() for cell in row]
    return Table(
        name="table1",
        title="Table 1",
        caption="Test BLEU: mean ± sample standard deviation, minimum and maximum over runs with different seeds. "
        "Bold marks the best of its category; italics are the paper's numbers, over 9 runs each.",
        statement=data_of(experiment, flat),
        columns=(
            Column("Algorithm"),
            *(Column(name, task_label(experiment, task)) for task in tasks for name in ("Mean", "Min", "Max")),
        ),
        lines=tuple(lines),
        notes=(*score_notes(experiment, flat), *filter(None, (_other_measures(scores, task) for task in tasks))),
        data=pd.DataFrame(
            [
                tidy_row(cells[algorithm][index], papers[algorithm][index])
                for index in range(len(tasks))
                for algorithm in cells
            ]
            + [tidy_row(cell, Spread()) for task in tasks for cell in _other_cells(scores, task)]
        ),
    )


def _other_metrics(experiment: Experiment, task: str) -> dict[str, str]:
    return CAPTION_METRICS if experiment.captions_images(task) else TRANSLATION_METRICS


def _other_cells(scores: Scores, task: str) -> list[Cell]:
    """Return the cells of a task's measures besides BLEU, measure by measure."""
    metrics, algorithms = _other_metrics(scores.experiment, task), _algorithms(scores.experiment)
    return [scores.algorithm(task, algorithm, metric) for metric in metrics for algorithm in algorithms]


def _other_measures(scores: Scores, task: str) -> str:
    """Return a note on what a task's BLEU is, and its other measures; "" if no run has any of them."""
    experiment = scores.experiment
    finished = [cell for cell in _other_cells(scores, task) if cell.n_finished]
    parts = []
    for metric, label in _other_metrics(experiment, task).items():
        cells = [cell for cell in finished if cell.metric == metric]
        means = ", ".join(f"{ALGORITHMS[cell.algorithm]} {mean_std(cell)}" for cell in cells)
        parts.append(f"{label}: {means or '–'}")
    of_bleu = "BLEU-4 of COCO's evaluation, all references" if experiment.captions_images(task) else "tokenised text"
    return f"{task_label(experiment, task)}: {of_bleu}. {'; '.join(parts)}." if finished else ""


def _highlighted(rows: Sequence[Sequence[Cell | Spread]], paper: bool = False) -> list[list[Text]]:
    """Return each algorithm's mean ± std, min and max of each task, the best of each column in bold."""
    columns = []
    for items in zip(*rows, strict=True):
        columns.append(emphasise([mean_std(item) for item in items], [item.mean for item in items], paper))
        for values in ([item.min for item in items], [item.max for item in items]):
            columns.append(emphasise([number(value) for value in values], values, paper))
    return [list(line) for line in zip(*columns, strict=True)]


def _table4_task(experiment: Experiment) -> str:
    return task_of_setting(experiment, "mt") or next(iter(experiment.tasks))


def table4_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 4: the runs of its algorithms on the task without input feeding."""
    task = _table4_task(plan.experiment)
    cells = [plan.algorithm(task, algorithm) for algorithm in paper_numbers().table4]
    return Inputs(tuple(runs_of(cells)), settings=shown_settings(plan.experiment, [task]))


def table4(scores: Scores) -> Table:
    """Return Table 4: ERAC, ERAC without future entropy and AC on the task without input feeding."""
    experiment, papers = scores.experiment, paper_numbers().table4
    task = _table4_task(experiment)
    cells = [scores.algorithm(task, algorithm) for algorithm in papers]
    columns: list[tuple[list[str], list[float | None], bool]] = [
        ([mean_std(cell) for cell in cells], [cell.mean for cell in cells], False),
        ([number(cell.max) for cell in cells], [cell.max for cell in cells], False),
        ([mean_std(spread) for spread in papers.values()], [spread.mean for spread in papers.values()], True),
        ([number(spread.max) for spread in papers.values()], [spread.max for spread in papers.values()], True),
    ]
    fields = [emphasise(texts, values, paper) for texts, values, paper in columns]
    return Table(
        name="table4",
        title="Table 4",
        caption=f"ERAC against the variant without the entropy of future steps. Test BLEU, "
        f"{task_label(experiment, task)}: mean ± sample standard deviation and maximum. Bold marks the best.",
        statement=data_statement(experiment, [task]),
        columns=(
            Column("Algorithm"),
            Column("Mean", "ours"),
            Column("Max", "ours"),
            Column("Mean", "paper"),
            Column("Max", "paper"),
        ),
        lines=tuple(
            line([ALGORITHMS[algorithm], *(column[index] for column in fields)])
            for index, algorithm in enumerate(papers)
        ),
        notes=score_notes(experiment, cells),
        data=pd.DataFrame([tidy_row(cell, spread) for cell, spread in zip(cells, papers.values(), strict=True)]),
    )
