"""The verdicts as tables: claims, cells of the paper, and single systems."""

from collections.abc import Sequence

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan.differences import own_values
from erac_vaml.reporting.labels import ALGORITHMS, data_statement, task_label, value_label
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, line
from erac_vaml.reporting.tables.numbers import number
from erac_vaml.verdict.cells import JudgedCell
from erac_vaml.verdict.claims import Claim, Finding
from erac_vaml.verdict.collect import CellRuns
from erac_vaml.verdict.effects import DIFFERENCES_NAME, Effect, effects_data, mean_of
from erac_vaml.verdict.rules import MARGIN, Outcome, Verdict
from erac_vaml.verdict.significance import SystemTest
from erac_vaml.verdict.wording import NOTHING, PERCENT, counted, level_interval, reason, signed_interval

GOOD = (Outcome.UPHELD, Outcome.ON_AVERAGE, Verdict.REPRODUCED, Verdict.DIRECTION)


def claims_table(experiment: Experiment, judged: Sequence[tuple[Claim, Finding]]) -> Table:
    """Return every claim on every task that it applies to: the outcome, then each of its tests with its own."""
    lines: list[Line] = []
    for claim, finding in judged:
        where = task_label(experiment, finding.task) if finding.task else NOTHING
        outcome = Text(str(finding.outcome), bold=finding.outcome in GOOD)
        several = len(finding.parts) > 1
        tests = [f"{part.label}: {part.evidence}" + (f" ({part.outcome})" if several else "") for part in finding.parts]
        shown = tests or [finding.note or "the experiment has no such runs"]
        lines.append(line([claim.statement, claim.source, where, outcome, shown[0]], rule=True))
        lines += [line(["", "", "", "", test]) for test in shown[1:]]
    return Table(
        name="claims",
        title="Claims",
        caption="What section 6 of the paper claims, and of AC and ERAC beside the control where it runs, asked of our "
        f"runs: mean difference with its {PERCENT} interval over critics, p by sign flips of critics, and the "
        "probability that a run of the first is the better one. A claim of several tests is worth its weakest.",
        columns=tuple(Column(name) for name in ("Claim", "Source", "Task", "Outcome", "Evidence")),
        lines=tuple(lines),
        notes=(),
        data=pd.DataFrame(
            {
                "claim": claim.key,
                "task": finding.task,
                "outcome": str(finding.outcome),
                "test": part.label,
                "test_outcome": str(part.outcome),
                "evidence": part.evidence,
            }
            for claim, finding in judged
            for part in (finding.parts or (None,))
            if part is not None
        ),
    )


def cells_table(experiment: Experiment, cells: Sequence[JudgedCell]) -> Table:
    """Return every cell: our mean, the paper's, the gap, the verdict and why."""
    lines, rows, previous = [], [], None
    for judged in cells:
        cell = judged.cell
        printed = cell.paper.mean if cell.paper.mean is not None else cell.paper.max
        fields: list[Text | str] = [
            cell.table or NOTHING,
            task_label(experiment, cell.runs.task),
            cell.label,
            counted(judged),
            level_interval(judged.mean),
            NOTHING if printed is None else Text(number(printed), paper=True),
            signed_interval(judged.gap) if judged.same_data else NOTHING,
            str(judged.direction),
            Text(str(judged.verdict), bold=judged.verdict in GOOD),
            reason(judged),
        ]
        lines.append(line(fields, rule=(cell.runs.task, cell.table) != previous))
        previous = (cell.runs.task, cell.table)
        rows.append(
            {
                "table": cell.table,
                "task": cell.runs.task,
                "cell": cell.label,
                "mean": judged.mean.estimate,
                "low": judged.mean.low,
                "high": judged.mean.high,
                "paper": printed,
                "verdict": str(judged.verdict),
            }
        )
    return Table(
        name="cells",
        title="Cells",
        caption=f"Every cell of the paper's tables, our mean with its {PERCENT} interval over critics beside it. "
        f"Reproduced: the whole interval of the gap lies within {MARGIN:g} BLEU. "
        + data_statement(experiment, experiment.tasks),
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
                "Direction",
                "Verdict",
                "Why",
            )
        ),
        lines=tuple(lines),
        notes=(),
        data=pd.DataFrame(rows),
    )


def systems_table(experiment: Experiment, tests: Sequence[SystemTest]) -> Table:
    """Return single systems against each other on the test set."""
    return Table(
        name="systems",
        title="Single systems",
        caption="The run of each algorithm that is best on validation, on the test set: sacrebleu's paired bootstrap "
        "over sentences. It says whether these two systems differ, not whether the algorithms do.",
        columns=tuple(Column(name) for name in ("Task", "System", "BLEU", "Baseline", "BLEU of it", "p")),
        lines=tuple(
            line(
                [
                    task_label(experiment, test.task),
                    _system(test.system),
                    number(test.system_bleu),
                    _system(test.baseline),
                    number(test.baseline_bleu),
                    f"{test.p_value:.3f}",
                ]
            )
            for test in tests
        ),
        notes=(f"sacrebleu: {tests[0].signature}.",) if tests else ("No references or no hypotheses are at hand.",),
        data=pd.DataFrame([vars(test) for test in tests]),
    )


def differences_table(experiment: Experiment, effects: Sequence[Effect]) -> Table:
    """Return every difference between text and released code: its values, the experiment's own, and what it does."""
    lines: list[Line] = []
    for difference in DIFFERENCES:
        own = ", ".join(map(value_label, own_values(experiment, difference))) or NOTHING
        shown = [
            [
                ALGORITHMS[effect.algorithm] + (f" [{effect.text.task}]" if len(experiment.tasks) > 1 else ""),
                _level(effect.code),
                _level(effect.text),
                signed_interval(effect.comparison.difference),
            ]
            for effect in effects
            if effect.difference == difference
        ]
        for place, effect_fields in enumerate(shown or [[NOTHING] * 4]):
            named = [
                difference.identifier,
                difference.summary,
                difference.field,
                f"{value_label(difference.released)} → {value_label(difference.paper)}",
                own,
            ]
            lines.append(line([*(named if place == 0 else [""] * len(named)), *effect_fields], rule=place == 0))
    tasks = dict.fromkeys(effect.text.task for effect in effects) or experiment.tasks
    return Table(
        name=DIFFERENCES_NAME,
        title="Text against released code",
        caption="Every setting in which the released code departs from the paper's text (docs/recipes.md), and what "
        f"the text's value alone does to a score: mean change of pairs of runs, with its {PERCENT} interval over "
        f"critics or seeds. {data_statement(experiment, tasks)}",
        columns=(
            *(Column(name) for name in ("", "Difference", "Setting", "Code → text", "Here")),
            *(Column(name, "Flipped alone") for name in ("Algorithm", "Code", "Text", f"Text − code [{PERCENT}]")),
        ),
        lines=tuple(lines),
        notes=(
            f"{NOTHING}: no grid of this experiment flips it; config/recipe-differences.yaml has one for each of them "
            "that is a task's.",
            "†: runs diverged and are left out.",
        ),
        data=effects_data(effects),
    )


def _level(cell: CellRuns) -> str:
    return number(mean_of(cell)) + ("†" if cell.n_diverged else "")


def _system(name: str) -> str:
    algorithm, _, run = name.partition("/")
    return f"{ALGORITHMS[algorithm]} ({run})"
