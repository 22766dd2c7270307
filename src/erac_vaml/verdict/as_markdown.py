"""Convert a judgement to the text of verdict.md, for people."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.reporting.labels import data_statement, task_label
from erac_vaml.reporting.names import LEVELS
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, heading, line, markdown, markdown_escape
from erac_vaml.reporting.tables.numbers import NOTHING, group_of, number
from erac_vaml.verdict.claims import Claim, Finding
from erac_vaml.verdict.gains import gains_table, parts_table
from erac_vaml.verdict.inputs import compares_levels, recipe_tables
from erac_vaml.verdict.judgement import Judgement
from erac_vaml.verdict.levels import CellLevel
from erac_vaml.verdict.reasons import reason
from erac_vaml.verdict.recipe_differences import difference_tables
from erac_vaml.verdict.rules import MARGIN, Level, Outcome
from erac_vaml.verdict.significance import systems_table
from erac_vaml.verdict.wording import PERCENT, counted, signed_interval

GOOD = (Outcome.SUPPORTED, Outcome.ON_AVERAGE)


def as_markdown(judgement: Judgement) -> str:
    """Return the text of verdict.md. If no task has a place in the paper, it says nothing of the paper."""
    experiment, runs, reproduces = judgement.experiment, judgement.runs, judgement.experiment.reproduces
    tables = verdict_tables(judgement)
    if reproduces:
        tables.insert(0, claims_table(experiment, judgement.claims))
    if recipe_tables(experiment):
        tables += difference_tables(experiment, judgement.effects)
    parts = [
        f"# {'Verdict on' if reproduces else 'Results of'} {experiment.name}",
        f"{runs['finished']} of {sum(runs.values())} runs have finished, {runs['diverged']} diverged, "
        f"{runs['missing']} are missing. Recipe: {experiment.recipe}. {data_statement(experiment, experiment.tasks)}",
        *([_counts(judgement)] if reproduces else []),
        *(markdown(table).rstrip() for table in tables),
        "**Missing.**",
        "\n".join([f"- {markdown_escape(item)}" for item in judgement.missing] or ["Nothing."]),
    ]
    return "\n\n".join(parts) + "\n"


def _counts(judgement: Judgement) -> str:
    levels = ""
    if compares_levels(judgement.experiment):
        levels = f"Our means beside the paper's: {_listed(judged.level for judged in judgement.cells)}. "
    return (
        f"Claims: {_listed(finding.outcome for _, finding in judgement.claims)}. {levels}"
        "The rules are in docs/reference/verdict.md; every word here follows from the scores by these rules."
    )


def verdict_tables(judgement: Judgement) -> list[Table]:
    """Return the tables that are also written to files of their own."""
    experiment = judgement.experiment
    tables = [
        gains_table(experiment, judgement.gains),
        parts_table(experiment, judgement.gains),
        systems_table(experiment, judgement.systems),
    ]
    return [*tables, levels_table(experiment, judgement.cells)] if compares_levels(experiment) else tables


def claims_table(experiment: Experiment, judged: Sequence[tuple[Claim, Finding]]) -> Table:
    """Return the table of every claim on every task that it applies to: its outcome, then the evidence of each test."""
    lines: list[Line] = []
    for claim, finding in judged:
        where = task_label(experiment, finding.task) if finding.task else NOTHING
        outcome = Text(str(finding.outcome), bold=finding.outcome in GOOD)
        several = len(finding.tests) > 1
        tests = [f"{test.label}: {test.evidence}" + (f" ({test.outcome})" if several else "") for test in finding.tests]
        first, *others = tests or [finding.note or "the experiment has no such runs"]
        lines.append(line([claim.statement, claim.source, where, outcome, first]))
        lines += [line(["", "", "", "", test]) for test in others]
    return Table(
        name="claims",
        title="Claims",
        caption="The claims of the paper's section 6, and claims about AC, ERAC and the control if it runs. Evidence: "
        f"mean difference with its {PERCENT} interval over critics or seeds, p by sign flips of these, and the "
        "probability that a run of the first is better than a run of the second. A claim with several tests gets the "
        "outcome of its weakest test.",
        columns=tuple(Column(name) for name in ("Claim", "Source", "Task", "Outcome", "Evidence")),
        lines=tuple(lines),
    )


def levels_table(experiment: Experiment, cells: Sequence[CellLevel]) -> Table:
    """Return the table of our means beside the paper's on its own data: the gap, CV* and the verdict.

    The notes have the reasons of verdicts other than "reproduced".
    """
    columns = ("Cell", "Ours", "Paper", f"Ours − paper [{PERCENT}]", "CV*", "Verdict")
    lines: list[Line] = []
    notes = []
    place = None
    for judged in cells:
        cell = judged.cell
        if judged.level is Level.NOT_COMPARED:
            continue
        task = task_label(experiment, cell.task)
        if (judged.table, cell.task) != place:
            place = judged.table, cell.task
            lines.append(heading(f"{judged.table}, {task}", len(columns)))
        fields: list[Text | str] = [
            judged.label,
            Text(number(judged.mean.estimate), runs=group_of(cell)),
            Text(number(judged.paper.mean), paper=True),
            signed_interval(judged.gap),
            number(judged.cv_star),
            Text(str(judged.level), bold=judged.level is Level.REPRODUCED),
        ]
        lines.append(line(fields))
        if judged.level is not Level.REPRODUCED:
            notes.append(f"{judged.label} ({judged.table}, {task}; runs: {counted(cell)}): {reason(judged)}")
    return Table(
        name=LEVELS,
        title="Our means beside the paper's",
        caption=f"Our mean, the paper's, and the gap with its {PERCENT} interval over critics or seeds. Reproduced: "
        f"the whole interval lies within {MARGIN:g} BLEU. CV*: coefficient of variation of both means, in percent.",
        statement=data_statement(experiment, experiment.tasks),
        columns=tuple(map(Column, columns)),
        lines=tuple(lines),
        notes=tuple(notes),
        data=pd.DataFrame(
            {
                "table": judged.table,
                "task": judged.cell.task,
                "cell": judged.label,
                "mean": judged.mean.estimate,
                "low": judged.mean.low,
                "high": judged.mean.high,
                "paper_mean": judged.paper.mean,
                "gap": judged.gap.estimate,
                "gap_low": judged.gap.low,
                "gap_high": judged.gap.high,
                "cv_star": judged.cv_star,
                "level": str(judged.level),
            }
            for judged in cells
        ),
    )


def _listed(outcomes: Iterable[Outcome] | Iterable[Level]) -> str:
    """Return the number of each outcome, the most frequent first."""
    return ", ".join(f"{count} {name}" for name, count in Counter(map(str, outcomes)).most_common()) or "none"
