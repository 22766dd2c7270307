"""Make Tables 1 and 4, our algorithms on our tasks with the paper's numbers beside them, and the other measures."""

from collections.abc import Sequence
from itertools import groupby

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.plan import Cell, Plan, runs_of
from erac_vaml.plan.stages import ALGORITHM_STAGE, CONTINUING_STAGES
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.inputs import Inputs, shown_settings
from erac_vaml.reporting.labels import ALGORITHMS, MEASURE_LABELS, asked_algorithms, data_statement, task_label
from erac_vaml.reporting.names import MEASURES_TABLE
from erac_vaml.reporting.paper import Spread, paper_numbers, paper_spread, task_of_setting
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, heading, line
from erac_vaml.reporting.tables.numbers import NOTHING, data_of, emphasise, linked, mean_std, number, score_notes
from erac_vaml.reporting.tidy import tidy_row


def table1_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 1 and of the other measures: the runs of the algorithms that each task asks for."""
    experiment = plan.experiment
    cells = [plan.algorithm(task, name) for task in experiment.tasks for name in asked_algorithms(experiment, task)]
    return Inputs(tuple(runs_of(cells)), settings=shown_settings(experiment, experiment.tasks))


def table1(scores: CollectedScores) -> Table:
    """Return Table 1: every algorithm on every task, beside the paper's numbers if a task has a place in the paper."""
    experiment = scores.experiment
    names = ("Mean", "Min", "Max")
    columns = [Column("Algorithm"), *(Column(name, "ours" if experiment.reproduces else "") for name in names)]
    if experiment.reproduces:
        columns += [Column(name, "paper") for name in names]
    lines: list[Line] = []
    rows = []
    cells = []
    for task, settings in experiment.tasks.items():
        lines.append(heading(task_label(experiment, task), len(columns)))
        for block in _blocks(experiment, task):
            ours = [scores.algorithm(task, algorithm) for algorithm in block]
            papers = [paper_spread(settings.paper_setting, algorithm) for algorithm in block]
            fields = [linked(column, ours) for column in _statistics(ours)]
            if experiment.reproduces:
                fields += _statistics(papers, paper=True)
            for place, algorithm in enumerate(block):
                first = place == 0 and not lines[-1].heading
                lines.append(line([ALGORITHMS[algorithm], *(column[place] for column in fields)], apart=first))
            rows += [tidy_row(*both) for both in zip(ours, papers, strict=True)]
            cells += ours
    printed = " In italics, the paper's numbers, of 9 runs each." if experiment.reproduces else ""
    return Table(
        name="table1",
        title="Table 1" if experiment.reproduces else "Test BLEU",
        caption="Test BLEU: mean ± sample standard deviation, minimum and maximum over runs with different seeds. "
        f"Bold: the best of those trained from scratch, MLE aside, and of those that start from MLE.{printed}",
        statement=data_of(experiment, cells),
        columns=tuple(columns),
        lines=tuple(lines),
        notes=score_notes(experiment, cells),
        data=pd.DataFrame(rows),
    )


def _blocks(experiment: Experiment, task: str) -> list[list[str]]:
    """Return a task's algorithms in blocks: MLE, those trained from scratch, and those that start from MLE."""
    asked = sorted(asked_algorithms(experiment, task), key=_block)
    return [list(names) for _, names in groupby(asked, key=_block)]


def _block(algorithm: str) -> int:
    return 0 if algorithm == "mle" else 1 + (ALGORITHM_STAGE[algorithm] in CONTINUING_STAGES)


def _statistics(items: Sequence[Cell | Spread], paper: bool = False) -> list[list[Text]]:
    """Return the columns of mean ± std, min and max, the best of each in bold."""
    columns = [emphasise([mean_std(item) for item in items], [item.mean for item in items], paper)]
    for values in ([item.min for item in items], [item.max for item in items]):
        columns.append(emphasise([number(value) for value in values], values, paper))
    return columns


def measures_table(scores: CollectedScores) -> Table:
    """Return the table of the measures besides BLEU: of those that some run has."""
    experiment = scores.experiment
    cells = {
        (task, metric): [scores.algorithm(task, name, metric) for name in asked_algorithms(experiment, task)]
        for task in experiment.tasks
        for metric in MEASURE_LABELS
    }
    measured = [cell for own in cells.values() for cell in own if cell.n_finished]
    shown = [metric for metric in MEASURE_LABELS if metric in {cell.metric for cell in measured}]
    lines: list[Line] = []
    for task in dict.fromkeys(cell.task for cell in measured):
        columns = []
        for own in (cells[task, metric] for metric in shown):
            texts = [mean_std(cell) if cell.n_finished else NOTHING for cell in own]
            columns.append(linked(emphasise(texts, [cell.mean for cell in own]), own))
        lines.append(heading(task_label(experiment, task), 1 + len(shown)))
        for place, name in enumerate(asked_algorithms(experiment, task)):
            lines.append(line([ALGORITHMS[name], *(column[place] for column in columns)]))
    return Table(
        name=MEASURES_TABLE,
        title="Other measures",
        caption="Measures of the test set besides BLEU: mean ± sample standard deviation over runs with different "
        "seeds. Bold marks the best of a task. The text is tokenised and lower-cased; captions are compared with all "
        "references of an image.",
        statement=data_of(experiment, measured),
        columns=(Column("Algorithm"), *(Column(MEASURE_LABELS[metric]) for metric in shown)),
        lines=tuple(lines),
        notes=score_notes(experiment, measured) if measured else ("No finished run has these measures.",),
        data=pd.DataFrame([tidy_row(cell) for cell in measured]),
    )


def _table4_task(experiment: Experiment) -> str:
    return task_of_setting(experiment, "mt") or next(iter(experiment.tasks))


def table4_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 4: the runs of its algorithms on the task without input feeding."""
    task = _table4_task(plan.experiment)
    cells = [plan.algorithm(task, algorithm) for algorithm in paper_numbers().table4]
    return Inputs(tuple(runs_of(cells)), settings=shown_settings(plan.experiment, [task]))


def table4(scores: CollectedScores) -> Table:
    """Return Table 4: ERAC, ERAC without future entropy and AC on the task without input feeding."""
    experiment, papers = scores.experiment, paper_numbers().table4
    task = _table4_task(experiment)
    cells = [scores.algorithm(task, algorithm) for algorithm in papers]
    means, _, maxima = (linked(column, cells) for column in _statistics(cells))
    papers_means, _, papers_maxima = _statistics(list(papers.values()), paper=True)
    fields = (means, maxima, papers_means, papers_maxima)
    return Table(
        name="table4",
        title="Table 4",
        caption="ERAC and its variant without the entropy of future steps. Test BLEU, "
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
