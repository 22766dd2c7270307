"""Convert a judgement to the text of verdict.md, for people."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from erac_vaml.config import Experiment
from erac_vaml.reporting.labels import data_statement, task_label
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, line, markdown, markdown_escape
from erac_vaml.reporting.tables.numbers import NOTHING, number
from erac_vaml.verdict.claims import Claim, Finding
from erac_vaml.verdict.gains import gains_table
from erac_vaml.verdict.judgement import Judgement
from erac_vaml.verdict.levels import CellVerdict
from erac_vaml.verdict.reasons import counted, reason
from erac_vaml.verdict.recipe_differences import differences_table
from erac_vaml.verdict.rules import MARGIN, Outcome, Verdict
from erac_vaml.verdict.significance import systems_table
from erac_vaml.verdict.wording import PERCENT, level_interval, signed_interval

GOOD = (Outcome.UPHELD, Outcome.ON_AVERAGE, Verdict.REPRODUCED, Verdict.DIRECTION)


def as_markdown(judgement: Judgement) -> str:
    """Return the text of verdict.md."""
    experiment, runs = judgement.experiment, judgement.runs
    lacking = [f"- {markdown_escape(item)}" for item in judgement.missing] or ["Nothing."]
    parts = [
        f"# Verdict on {experiment.name}",
        f"{runs['finished']} of {sum(runs.values())} runs finished, {runs['diverged']} diverged, {runs['missing']} are "
        f"missing. Recipe: {experiment.recipe}. {data_statement(experiment, experiment.tasks)}",
        f"Claims: {_listed(finding.outcome for _, finding in judgement.claims)}. "
        f"Cells: {_listed(judged.verdict for judged in judgement.cells)}. "
        "The rules are in docs/reference/verdict.md; all words below follow from the scores by these rules.",
        markdown(claims_table(experiment, judgement.claims)).rstrip(),
        markdown(cells_table(experiment, judgement.cells)).rstrip(),
        markdown(gains_table(experiment, judgement.gains)).rstrip(),
        markdown(systems_table(experiment, judgement.systems)).rstrip(),
        markdown(differences_table(experiment, judgement.effects)).rstrip(),
        "**What is missing.**",
        "\n".join(lacking),
    ]
    return "\n\n".join(parts) + "\n"


def claims_table(experiment: Experiment, judged: Sequence[tuple[Claim, Finding]]) -> Table:
    """Return the table of every claim on every task that it applies to: its outcome, then the evidence of each test."""
    lines: list[Line] = []
    for claim, finding in judged:
        where = task_label(experiment, finding.task) if finding.task else NOTHING
        outcome = Text(str(finding.outcome), bold=finding.outcome in GOOD)
        several = len(finding.tests) > 1
        tests = [f"{test.label}: {test.evidence}" + (f" ({test.outcome})" if several else "") for test in finding.tests]
        first, *others = tests or [finding.note or "the experiment has no such runs"]
        lines.append(line([claim.statement, claim.source, where, outcome, first], rule=True))
        lines += [line(["", "", "", "", test]) for test in others]
    return Table(
        name="claims",
        title="Claims",
        caption="The claims of the paper's section 6, and of AC and ERAC beside the control where it runs, tested on "
        f"our runs: mean difference with its {PERCENT} interval over critics, p by sign flips of critics, and the "
        "probability that a run of the first is the better one. A claim with several tests gets the outcome of its "
        "weakest test.",
        columns=tuple(Column(name) for name in ("Claim", "Source", "Task", "Outcome", "Evidence")),
        lines=tuple(lines),
    )


def cells_table(experiment: Experiment, cells: Sequence[CellVerdict]) -> Table:
    """Return the table of every cell: our mean, the paper's, the gap, the verdict and its reason.

    CV* is a column only if a cell has one, so that the tables of other data stay narrow.
    """
    lines, previous = [], None
    with_cv = any(math.isfinite(judged.cv_star) for judged in cells)
    for judged in cells:
        cell, paper = judged.cell, judged.paper
        printed = paper.mean if paper.mean is not None else paper.max
        fields: list[Text | str] = [
            judged.table or NOTHING,
            task_label(experiment, cell.task),
            judged.label,
            counted(judged),
            level_interval(judged.mean),
            NOTHING if printed is None else Text(number(printed), paper=True),
            signed_interval(judged.gap) if judged.same_data else NOTHING,
            *([number(judged.cv_star)] if with_cv else []),
            str(judged.direction or NOTHING),
            Text(str(judged.verdict), bold=judged.verdict in GOOD),
            reason(judged),
        ]
        lines.append(line(fields, rule=(cell.task, judged.table) != previous))
        previous = (cell.task, judged.table)
    return Table(
        name="cells",
        title="Cells",
        caption=f"Every cell of the paper's tables, our mean with its {PERCENT} interval over critics beside it. "
        f"Reproduced: the whole interval of the gap lies within {MARGIN:g} BLEU."
        + (" CV*: coefficient of variation of the paper's mean and ours, in percent." if with_cv else ""),
        statement=data_statement(experiment, experiment.tasks),
        columns=tuple(
            Column(name)
            for name in (
                "Table",
                "Task",
                "Cell",
                "Runs",
                f"Ours [{PERCENT}]",
                "Paper",
                f"Ours − paper [{PERCENT}]",
                *(["CV*"] if with_cv else []),
                "Direction",
                "Verdict",
                "Why",
            )
        ),
        lines=tuple(lines),
    )


def _listed(outcomes: Iterable[Outcome] | Iterable[Verdict]) -> str:
    """Return the number of each outcome, the most frequent first."""
    return ", ".join(f"{count} {name}" for name, count in Counter(map(str, outcomes)).most_common()) or "none"
