"""Compare single systems on the test set: sacrebleu's paired bootstrap (Koehn, 2004), which resamples test sentences.

It answers whether two given systems would keep their order on other sentences. The other tests answer whether two
algorithms would keep their order with other seeds. The run that is best on validation represents its algorithm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import numpy as np
from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest, Result

from erac_vaml.config import Experiment
from erac_vaml.plan import Run
from erac_vaml.plan.comparisons import systems_by_baseline
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.labels import ALGORITHMS, task_label
from erac_vaml.reporting.tables.layout import Column, Table, line
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
    """Two-sided. 1 if the scores are equal, where sacrebleu gives its smallest p."""
    signature: str


def system_tests(scores: Scores, results: Path) -> list[SystemTest]:
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
        chosen = {algorithm: _best_run(scores, task, algorithm) for algorithm in ALGORITHMS}
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
    # sacrebleu takes one stream of the first references of all sentences, one of the second, …; None fills gaps.
    streams: list[Any] = [list(stream) for stream in zip_longest(*references)]
    metric = BLEU(lowercase=True, tokenize="none", smooth_method="none", force=True)
    signatures, scores = PairedTest(list(systems), {"BLEU": metric}, streams, test_type="bs")()
    baseline, *others = cast(list[Result], scores["BLEU"])
    signature = str(signatures["BLEU"])
    return [
        SystemTest(
            task,
            name,
            systems[0][0],
            result.score,
            baseline.score,
            1.0 if result.score == baseline.score else cast(float, result.p_value),
            signature,
        )
        for (name, _), result in zip(systems[1:], others, strict=True)
    ]


def _best_run(scores: Scores, task: str, algorithm: str) -> Run | None:
    """Return the finished run with the highest validation BLEU; None if none has finished."""
    cell = scores.algorithm(task, algorithm, "valid_bleu")
    return cell.runs[int(np.nanargmax(cell.score))] if cell.n_finished else None


def systems_table(experiment: Experiment, tests: Sequence[SystemTest]) -> Table:
    """Return the table of the comparisons of single systems."""
    return Table(
        name="systems",
        title="Single systems",
        caption="The run of each algorithm that is best on validation, on the test set: sacrebleu's paired bootstrap "
        "over sentences. It tests whether these two systems differ, not whether their algorithms do.",
        columns=tuple(Column(name) for name in ("Task", "System", "BLEU", "Baseline", "Baseline BLEU", "p")),
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
        notes=(f"sacrebleu: {tests[0].signature}.",) if tests else ("There are no references or no hypotheses.",),
    )


def _system(name: str) -> str:
    algorithm, _, run = name.partition("/")
    return f"{ALGORITHMS[algorithm]} ({run})"
