"""Compare the algorithms of each task: each gain over MLE, its parts, and each distance from the best algorithm.

BLEU is BP · G, the brevity penalty times the geometric mean of the n-gram precisions, so a gain has two exact parts:
length and words.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.plan import Cell, pairs
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, data_statement, task_label
from erac_vaml.reporting.names import GAIN_PARTS, GAINS
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, heading, line
from erac_vaml.reporting.tables.numbers import group_of, mean_std, number
from erac_vaml.verdict.contrast import compare
from erac_vaml.verdict.intervals import Interval, mean_interval
from erac_vaml.verdict.wording import PERCENT, counted, signed, signed_interval


@dataclass(frozen=True)
class Gain:
    """Mean test scores of an algorithm's finished runs, and its differences from other algorithms with the same seeds.

    A number is NaN if it is unknown.
    """

    task: str
    algorithm: str
    group: str
    """`{task}/{algorithm}` of its runs."""
    runs: str
    """For example "8/9, 1 diverged"."""
    bleu: float
    """Mean test BLEU."""
    shown: str
    """The same with its spread, for example "28.30 ± 0.06"."""
    gain: Interval
    """BLEU − MLE's; of MLE itself unknown."""
    lag: Interval
    """BLEU − that of the task's best algorithm; of this one itself unknown."""
    greedy_bleu: float
    sampled_bleu: float
    length_ratio: float
    unpenalised_bleu: float
    """BLEU without the brevity penalty."""
    by_length: float
    """Part of the gain that the brevity penalty explains."""
    by_words: float
    """The rest: the gain at equal length."""


def brevity_penalty(length_ratio: np.ndarray) -> np.ndarray:
    """Return BP = min(1, exp(1 − 1/ratio)) (Papineni et al., 2002) of length ratios, of any shape; NaN where 0.

    Below a ratio of about 0.0013 the result is too small for a number of 64 bits, and NaN too.
    """
    penalty = np.exp(np.minimum(0.0, 1.0 - 1.0 / np.where(length_ratio > 0, length_ratio, math.nan)))
    return np.where(penalty > 0, penalty, math.nan)


def parts_of_gain(
    bleu: np.ndarray, length_ratio: np.ndarray, start_bleu: np.ndarray, start_ratio: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the parts of bleu − start_bleu by length and by words: ΔBP times mean G, and ΔG times mean BP.

    Their sum is exactly the gain. All arrays have the same shape.
    """
    penalty, start_penalty = brevity_penalty(length_ratio), brevity_penalty(start_ratio)
    words, start_words = bleu / penalty, start_bleu / start_penalty
    by_length = (penalty - start_penalty) * (words + start_words) / 2
    by_words = (words - start_words) * (penalty + start_penalty) / 2
    return by_length, by_words


def gains(scores: CollectedScores) -> list[Gain]:
    """Return the gains of the algorithms that each task asks for, those without a finished run too.

    A task with a place in the paper has them in the order of `ALGORITHMS`, and any other task the best first.
    """
    found = []
    for task, settings in scores.experiment.tasks.items():
        cells = [scores.algorithm(task, algorithm) for algorithm in asked_algorithms(scores.experiment, task)]
        ranked = sorted(cells, key=lambda cell: cell.mean if cell.n_finished else -math.inf, reverse=True)
        mle = scores.algorithm(task, "mle")
        for cell in cells if settings.paper_setting else ranked:
            found.append(_gain(scores, cell, mle, ranked[0]))
    return found


def _gain(scores: CollectedScores, cell: Cell, mle: Cell, best: Cell) -> Gain:
    def measure(name: str, of: Cell = cell) -> Cell:
        return scores.of(of, name)

    ratio = measure("test_length_ratio")
    gain, by_length, by_words = Interval(), math.nan, math.nan
    if cell.algorithm != "mle":
        gain = compare(cell, mle).difference.shown
        paired, units = pairs([cell, ratio, mle, measure("test_length_ratio", mle)])
        by_length, by_words = (mean_interval(part, units).estimate for part in parts_of_gain(*paired.T))
    both, _ = pairs([cell, ratio])
    return Gain(
        task=cell.task,
        algorithm=cell.algorithm,
        group=group_of(cell),
        runs=counted(cell),
        bleu=cell.mean,
        shown=mean_std(cell),
        gain=gain,
        lag=Interval() if cell is best else compare(cell, best).difference.shown,
        greedy_bleu=measure("test_greedy_bleu").mean,
        sampled_bleu=measure("test_sampled_bleu").mean,
        length_ratio=ratio.mean,
        unpenalised_bleu=float((both[:, 0] / brevity_penalty(both[:, 1])).mean()) if len(both) else math.nan,
        by_length=by_length,
        by_words=by_words,
    )


def gains_table(experiment: Experiment, found: Sequence[Gain]) -> Table:
    """Return the table of the scores with their differences from MLE and from the best algorithm."""
    columns = ("Algorithm", "Test BLEU", f"Gain over MLE [{PERCENT}]", f"From the best [{PERCENT}]")
    fields: list[list[Text | str]] = [
        [
            ALGORITHMS[gain.algorithm],
            Text(gain.shown, runs=gain.group),
            signed_interval(gain.gain),
            signed_interval(gain.lag),
        ]
        for gain in found
    ]
    return Table(
        name=GAINS,
        title="Gains",
        caption="Test BLEU, mean ± sample standard deviation, and the mean differences from MLE and from the best "
        f"algorithm of the task, over runs with the same seeds, with {PERCENT} intervals over critics or seeds.",
        statement=data_statement(experiment, experiment.tasks),
        columns=tuple(map(Column, columns)),
        lines=_lines(experiment, found, fields),
        data=pd.DataFrame(
            {
                "task": gain.task,
                "algorithm": gain.algorithm,
                "mean": gain.bleu,
                **{f"gain_{name}": getattr(gain.gain, name) for name in ("estimate", "low", "high")},
                **{f"from_best_{name}": getattr(gain.lag, name) for name in ("estimate", "low", "high")},
            }
            for gain in found
        ),
    )


def parts_table(experiment: Experiment, found: Sequence[Gain]) -> Table:
    """Return the table of the parts of the gains, and of other ways to take output from a policy.

    Algorithms whose runs have no length ratio are left out: the runs are older than this score, or none has finished.
    """
    found = [gain for gain in found if not math.isnan(gain.length_ratio)]
    columns = (
        *(Column(name, "Gain over MLE") for name in ("By length", "By words")),
        *(Column(name, "Output") for name in ("Length ratio", "Greedy", "Sampled", "No penalty")),
    )
    fields: list[list[Text | str]] = [
        [
            ALGORITHMS[gain.algorithm],
            signed(gain.by_length),
            signed(gain.by_words),
            f"{gain.length_ratio:.3f}",
            number(gain.greedy_bleu),
            number(gain.sampled_bleu),
            number(gain.unpenalised_bleu),
        ]
        for gain in found
    ]
    return Table(
        name=GAIN_PARTS,
        title="Parts of the gains",
        caption="The gain over MLE in its two parts: by length, from the brevity penalty, and by words, the rest. "
        "Output words per word of the references; BLEU of greedy search, of one sample for each source, and of beam "
        "search without the brevity penalty.",
        statement=data_statement(experiment, experiment.tasks),
        columns=(Column("Algorithm"), *columns),
        lines=_lines(experiment, found, fields),
        notes=() if found else ("No finished run has these measures.",),
        data=pd.DataFrame(
            {
                name: getattr(gain, name)
                for name in (
                    "task",
                    "algorithm",
                    "by_length",
                    "by_words",
                    "length_ratio",
                    "greedy_bleu",
                    "sampled_bleu",
                    "unpenalised_bleu",
                )
            }
            for gain in found
        ),
    )


def _lines(experiment: Experiment, found: Sequence[Gain], fields: Sequence[list[Text | str]]) -> tuple[Line, ...]:
    """Return a line for each gain, under the headings of the tasks."""
    lines: list[Line] = []
    for task in experiment.tasks:
        own = [shown for gain, shown in zip(found, fields, strict=True) if gain.task == task]
        lines += [heading(task_label(experiment, task), len(own[0])), *map(line, own)] if own else []
    return tuple(lines)
