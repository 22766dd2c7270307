"""Single systems on the test set: sacrebleu's paired bootstrap (Koehn, 2004), which draws test sentences anew.

It answers another question than the rest: whether two given systems would keep their order on other sentences, not
whether two algorithms would with other seeds. Each algorithm is represented by the run that is best on validation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest, Result

from erac_vaml.data.corpus import read_lines
from erac_vaml.data.preparation import PREPARE_AGAIN
from erac_vaml.reporting.hypotheses import read_hypotheses
from erac_vaml.reporting.labels import ALGORITHMS, CONTROL
from erac_vaml.verdict.collect import CellRuns, Evidence

COMPARED = {
    "mle": ("raml", "vaml", "ac", "erac"),
    CONTROL: ("ac", "erac"),
    "raml": ("vaml",),
    "ac": ("erac",),
    "erac-no-future-entropy": ("erac",),
}
"""Baseline to the algorithms that the paper claims to be better, and the control to those that it is of."""


@dataclass(frozen=True)
class SystemTest:
    """One system against another on the same test sentences."""

    task: str
    system: str
    """Algorithm and run, for example "erac/critic1-actor1"."""
    baseline: str
    system_bleu: float
    baseline_bleu: float
    p_value: float
    """Two-sided; 1 of equal scores, where sacrebleu has its smallest p: it attributes no zero to chance."""
    signature: str


def system_tests(evidence: Evidence, results: Path) -> list[SystemTest]:
    """Return the tests of every task whose references are at hand.

    Args:
        evidence: the scores.
        results: folder of the experiment, with data/{dataset}/ and runs/.

    Raises:
        UserError: a run's hypotheses are missing, or not as many as the test set's references.
    """
    found = []
    for task, settings in evidence.experiment.tasks.items():
        captions = evidence.experiment.captions_images(task)
        path = results / "data" / settings.dataset / ("test.references.txt" if captions else "test.target.txt")
        if not path.exists():
            continue
        lines = read_lines(path, PREPARE_AGAIN)
        references = [line.split("\t") for line in lines] if captions else [[line] for line in lines]
        chosen = {algorithm: _best_run(evidence, task, algorithm) for algorithm in ALGORITHMS}
        said = {
            algorithm: read_hypotheses(results / "runs" / task / algorithm / run, len(lines))
            for algorithm, run in chosen.items()
            if run is not None
        }
        for baseline, systems in COMPARED.items():
            tested = [algorithm for algorithm in systems if algorithm in said]
            if baseline in said and tested:
                named = [(f"{name}/{chosen[name]}", said[name]) for name in (baseline, *tested)]
                found += paired_bootstrap(task, named, references)
    return found


def paired_bootstrap(
    task: str, systems: Sequence[tuple[str, list[str]]], references: Sequence[Sequence[str]]
) -> list[SystemTest]:
    """Return the tests of all systems against the first.

    Args:
        task: the task's name.
        systems: (name, hypotheses) of each, the baseline first.
        references: one or more of each sentence.
    """
    most = max(map(len, references))
    # sacrebleu wants a stream for the first references of all sentences, one for the second, …; None where there are
    # fewer.
    streams: list[Any] = [
        [texts[place] if place < len(texts) else None for texts in references] for place in range(most)
    ]
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


def _best_run(evidence: Evidence, task: str, algorithm: str) -> str | None:
    """Return the name of the finished run with the highest validation BLEU; None where none has finished."""
    runs: CellRuns = evidence.algorithm(task, algorithm, "valid_bleu")
    return runs.names[int(np.nanargmax(runs.score))] if runs.n_finished else None
