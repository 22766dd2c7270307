"""Tables 1 and 4: our algorithms on our tasks."""

from collections.abc import Sequence

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.reporting.cells import ScoredCell, algorithm_cell
from erac_vaml.reporting.labels import ALGORITHMS, CAPTION_MEASURES, CONTROL, task_label
from erac_vaml.reporting.paper import Spread, paper_numbers, paper_spread, task_of_setting
from erac_vaml.reporting.statistics import Summary
from erac_vaml.reporting.tables.layout import PAPER, Column, Line, Table, Text, line
from erac_vaml.reporting.tables.numbers import best, data_of, emphasise, mean_std, number, score_notes

_CATEGORIES = (("mle", CONTROL), ("raml", "vaml"), ("ac", "erac"))
"""Table 1's blocks: the best of each is bold. The control is in the table of an experiment that asks for it."""
_STATISTICS = ("mean", "min", "max")


def table1(experiment: Experiment, scores: pd.DataFrame) -> Table:
    """Return Table 1: every algorithm on every task, the paper's numbers beneath ours."""
    tasks, categories = list(experiment.tasks), _categories(experiment)
    captioning = [task for task in tasks if experiment.captions_images(task)]
    cells = {
        algorithm: [algorithm_cell(experiment, scores, task, algorithm) for task in tasks]
        for category in categories
        for algorithm in category
    }
    papers = {
        algorithm: [paper_spread(experiment.tasks[task].paper_setting, algorithm) for task in tasks]
        for algorithm in cells
    }
    lines: list[Line] = []
    for category in categories:
        ours = _highlighted([[cell.summary for cell in cells[algorithm]] for algorithm in category])
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
        "Bold marks the best of its category; italics are the paper's numbers, over 9 runs each. "
        + data_of(experiment, flat),
        columns=(
            Column("Algorithm"),
            *(Column(name, task_label(experiment, task)) for task in tasks for name in ("Mean", "Min", "Max")),
        ),
        lines=tuple(lines),
        notes=(*score_notes(experiment, flat), *(_caption_note(experiment, scores, task) for task in captioning)),
        data=pd.DataFrame(
            [
                cells[algorithm][index].row(papers[algorithm][index])
                for index in range(len(tasks))
                for algorithm in cells
            ]
            + [cell.row(Spread()) for task in captioning for cell in _caption_cells(experiment, scores, task)]
        ),
    )


def _categories(experiment: Experiment) -> list[list[str]]:
    """Return Table 1's blocks, without the control where no task asks for it."""
    asked = {algorithm for task in experiment.tasks.values() for algorithm in task.algorithms}
    return [[name for name in category if name != CONTROL or name in asked] for category in _CATEGORIES]


def _caption_cells(experiment: Experiment, scores: pd.DataFrame, task: str) -> list[ScoredCell]:
    """Return what is measured of captions besides BLEU-4, measure by measure."""
    algorithms = [algorithm for category in _categories(experiment) for algorithm in category]
    return [
        algorithm_cell(experiment, scores, task, algorithm, metric)
        for metric in CAPTION_MEASURES
        for algorithm in algorithms
    ]


def _caption_note(experiment: Experiment, scores: pd.DataFrame, task: str) -> str:
    """Return a sentence with the other measures of a captioning task, and what its BLEU is."""
    parts = []
    for metric, label in CAPTION_MEASURES.items():
        cells = [cell for cell in _caption_cells(experiment, scores, task) if cell.metric == metric and cell.summary.n]
        means = ", ".join(f"{ALGORITHMS[cell.algorithm]} {mean_std(cell.summary)}" for cell in cells)
        parts.append(f"{label}: {means or '–'}")
    return f"{task_label(experiment, task)}: BLEU-4 of COCO's evaluation, all references. {'; '.join(parts)}."


def _highlighted(rows: Sequence[Sequence[Summary | Spread]], paper: bool = False) -> list[list[Text]]:
    """Return mean ± std, min and max of each task for the algorithms of a category, each column's best in bold."""
    lines: list[list[Text]] = [[] for _ in rows]
    for position in range(len(rows[0])):
        column = [row[position] for row in rows]
        for statistic in _STATISTICS:
            bold = best([getattr(item, statistic) for item in column])
            for index, item in enumerate(column):
                text = mean_std(item) if statistic == "mean" else number(getattr(item, statistic))
                lines[index].append(Text(text, bold[index], paper))
    return lines


def table4(experiment: Experiment, scores: pd.DataFrame) -> Table:
    """Return Table 4: ERAC, ERAC without future entropy and AC on the task without input feeding."""
    task = task_of_setting(experiment, "mt") or next(iter(experiment.tasks))
    papers = paper_numbers().table4
    cells: list[ScoredCell] = [algorithm_cell(experiment, scores, task, algorithm) for algorithm in papers]
    columns: list[tuple[list[str], list[float | None], bool]] = [
        ([mean_std(cell.summary) for cell in cells], [cell.summary.mean for cell in cells], False),
        ([number(cell.summary.max) for cell in cells], [cell.summary.max for cell in cells], False),
        ([mean_std(spread) for spread in papers.values()], [spread.mean for spread in papers.values()], True),
        ([number(spread.max) for spread in papers.values()], [spread.max for spread in papers.values()], True),
    ]
    fields = [emphasise(texts, values, paper) for texts, values, paper in columns]
    return Table(
        name="table4",
        title="Table 4",
        caption=f"ERAC against the variant without the entropy of future steps. Test BLEU, "
        f"{task_label(experiment, task)}: mean ± sample standard deviation and maximum. Bold marks the best. "
        + data_of(experiment, cells),
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
        data=pd.DataFrame([cell.row(spread) for cell, spread in zip(cells, papers.values(), strict=True)]),
    )
