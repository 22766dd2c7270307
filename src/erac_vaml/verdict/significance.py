"""Compare single systems on the test set: sacrebleu's paired bootstrap (Koehn, 2004), which resamples test sentences.

It answers whether two given systems would keep their order on other sentences. The other tests answer whether two
algorithms would keep their order with other seeds. The run that is best on validation represents its algorithm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from sacrebleu.significance import PairedTest, Result

from erac_vaml.config import Experiment
from erac_vaml.evaluation.corpus_bleu import bleu_metric
from erac_vaml.evaluation.corpus_chrf import chrf_metric, reference_streams
from erac_vaml.plan import Run
from erac_vaml.plan.comparisons import systems_by_baseline
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, data_statement, task_label
from erac_vaml.reporting.names import SYSTEMS
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, heading, line
from erac_vaml.reporting.tables.numbers import number
from erac_vaml.reporting.texts import read_references
from erac_vaml.runs.hypotheses import read_hypotheses


@dataclass(frozen=True)
class SystemTest:
    """Comparison of two systems on the same test sentences."""

    task: str
    system: str
    """Algorithm and run, for example "erac/critic1-actor1"."""
    baseline: str
    system_bleu: float
    baseline_bleu: float
    p_value: float
    """Of BLEU, two-sided. 1 if the scores are equal, where sacrebleu gives its smallest p."""
    signature: str
    """Of BLEU."""
    system_chrf: float
    baseline_chrf: float
    chrf_p_value: float
    chrf_signature: str


def system_tests(scores: CollectedScores, results: Path) -> list[SystemTest]:
    """Return the tests of every task whose data are prepared.

    Args:
        scores: scores of all planned runs.
        results: folder of the experiment, with data/{dataset}/ and runs/.

    Raises:
        UserError: a run's hypotheses are missing, or their number is not that of the test set's references.
    """
    found = []
    for task in scores.experiment.tasks:
        references = read_references(scores.experiment, results, task)
        if references is None:
            continue
        asked = asked_algorithms(scores.experiment, task)
        chosen = {algorithm: _best_run(scores, task, algorithm) for algorithm in asked}
        hypotheses = {
            algorithm: (f"{algorithm}/{run.name}", read_hypotheses(results / run.path, len(references)))
            for algorithm, run in chosen.items()
            if run is not None
        }
        for baseline, systems in systems_by_baseline().items():
            tested = [hypotheses[algorithm] for algorithm in systems if algorithm in hypotheses]
            if baseline in hypotheses and tested:
                found += paired_bootstrap(task, [hypotheses[baseline], *tested], references)
    return found


def paired_bootstrap(
    task: str, systems: Sequence[tuple[str, list[str]]], references: Sequence[Sequence[str]]
) -> list[SystemTest]:
    """Return the tests of all systems against the first.

    Args:
        task: the task's name.
        systems: (name, hypotheses) of each, the baseline first.
        references: one or more for each sentence.
    """
    metrics = {"BLEU": bleu_metric(), "chrF2": chrf_metric()}
    signatures, found = PairedTest(list(systems), metrics, reference_streams(references), test_type="bs")()
    bleu, chrf = (cast(list[Result], found[name]) for name in metrics)
    # sacrebleu's chrF is a NumPy float32 here, which JSON does not know.
    return [
        SystemTest(
            task=task,
            system=name,
            baseline=systems[0][0],
            system_bleu=bleu[place].score,
            baseline_bleu=bleu[0].score,
            p_value=_p_value(bleu[place], bleu[0]),
            signature=str(signatures["BLEU"]),
            system_chrf=float(chrf[place].score),
            baseline_chrf=float(chrf[0].score),
            chrf_p_value=_p_value(chrf[place], chrf[0]),
            chrf_signature=str(signatures["chrF2"]),
        )
        for place, (name, _) in enumerate(systems[1:], start=1)
    ]


def _p_value(result: Result, baseline: Result) -> float:
    return 1.0 if result.score == baseline.score else cast(float, result.p_value)


def _best_run(scores: CollectedScores, task: str, algorithm: str) -> Run | None:
    """Return the finished run with the highest validation BLEU; None if none has finished."""
    cell = scores.algorithm(task, algorithm, "valid_bleu")
    return cell.runs[int(np.nanargmax(cell.score))] if cell.n_finished else None


def systems_table(experiment: Experiment, tests: Sequence[SystemTest]) -> Table:
    """Return the table of the comparisons of single systems."""
    columns = (
        Column("System against baseline"),
        *(Column(name, metric) for metric in ("BLEU", "chrF2") for name in ("System", "Base", "p")),
    )
    lines: list[Line] = []
    for task in experiment.tasks:
        own = [
            line(
                [
                    _systems(task, test),
                    number(test.system_bleu),
                    number(test.baseline_bleu),
                    f"{test.p_value:.3f}",
                    number(test.system_chrf),
                    number(test.baseline_chrf),
                    f"{test.chrf_p_value:.3f}",
                ]
            )
            for test in tests
            if test.task == task
        ]
        lines += [heading(task_label(experiment, task), len(columns)), *own] if own else []
    return Table(
        name=SYSTEMS,
        title="Single systems",
        caption="For each algorithm, the run that is best on validation, compared on the test set by sacrebleu's "
        "paired bootstrap over sentences. It tests whether these two systems differ, not whether their algorithms do.",
        statement=data_statement(experiment, experiment.tasks),
        columns=columns,
        lines=tuple(lines),
        notes=(f"sacrebleu: {tests[0].signature}; {tests[0].chrf_signature}.",)
        if tests
        else ("There are no references or no hypotheses.",),
        data=pd.DataFrame(tests),
    )


def _systems(task: str, test: SystemTest) -> Text:
    """Return the names of both algorithms; the CSV has the runs."""
    algorithm, baseline = (name.partition("/")[0] for name in (test.system, test.baseline))
    return Text(f"{ALGORITHMS[algorithm]} against {ALGORITHMS[baseline]}", runs=f"{task}/{algorithm}")
