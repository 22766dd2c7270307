"""Split each algorithm's gain over MLE on test into length and better words.

BLEU is BP · G, the brevity penalty times the geometric mean of the n-gram precisions, so a gain has two exact parts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erac_vaml.config import Experiment
from erac_vaml.plan import pairs
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.labels import ALGORITHMS, task_label
from erac_vaml.reporting.tables.layout import Column, Table, line
from erac_vaml.reporting.tables.numbers import NOTHING, mean_std, number
from erac_vaml.verdict.contrast import compare
from erac_vaml.verdict.intervals import Interval, mean_interval
from erac_vaml.verdict.wording import PERCENT, signed, signed_interval


@dataclass(frozen=True)
class Gain:
    """Mean test scores of an algorithm's finished runs, and its gain over MLE with the same seeds.

    A number is NaN if it is unknown.
    """

    task: str
    algorithm: str
    runs: str
    """Test BLEU, for example "28.30 ± 0.06"."""
    greedy_bleu: float
    sampled_bleu: float
    length_ratio: float
    unpenalised_bleu: float
    """BLEU without the brevity penalty."""
    gain: Interval
    """BLEU − MLE's; of MLE itself unknown."""
    by_length: float
    """Part of the gain that the brevity penalty explains."""
    by_words: float
    """The rest: the gain at equal length."""


def brevity_penalty(length_ratio: np.ndarray) -> np.ndarray:
    """Return BP = min(1, exp(1 − 1/ratio)) (Papineni et al., 2002) of length ratios, of any shape; NaN where 0."""
    return np.exp(np.minimum(0.0, 1.0 - 1.0 / np.where(length_ratio > 0, length_ratio, math.nan)))


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


def gains(scores: Scores) -> list[Gain]:
    """Return the gain of every algorithm of every task that has finished runs, MLE first."""
    found = []
    for task in scores.experiment.tasks:
        mle, mle_ratio = scores.algorithm(task, "mle"), scores.algorithm(task, "mle", "test_length_ratio")
        for algorithm in ALGORITHMS:
            cell, ratio = scores.algorithm(task, algorithm), scores.algorithm(task, algorithm, "test_length_ratio")
            if not cell.n_finished:
                continue
            gain, by_length, by_words = Interval(), math.nan, math.nan
            if algorithm != "mle":
                gain = compare(cell, mle).difference
                paired, units = pairs([cell, ratio, mle, mle_ratio])
                by_length, by_words = (mean_interval(part, units).estimate for part in parts_of_gain(*paired.T))
            both, _ = pairs([cell, ratio])
            found.append(
                Gain(
                    task=task,
                    algorithm=algorithm,
                    runs=mean_std(cell),
                    greedy_bleu=scores.algorithm(task, algorithm, "test_greedy_bleu").mean,
                    sampled_bleu=scores.algorithm(task, algorithm, "test_sampled_bleu").mean,
                    length_ratio=ratio.mean,
                    unpenalised_bleu=float((both[:, 0] / brevity_penalty(both[:, 1])).mean())
                    if len(both)
                    else math.nan,
                    gain=gain,
                    by_length=by_length,
                    by_words=by_words,
                )
            )
    return found


def gains_table(experiment: Experiment, found: Sequence[Gain]) -> Table:
    """Return the table of the gains."""
    lines, previous = [], None
    for gain in found:
        lines.append(
            line(
                [
                    task_label(experiment, gain.task),
                    ALGORITHMS[gain.algorithm],
                    gain.runs,
                    number(gain.greedy_bleu),
                    number(gain.sampled_bleu),
                    NOTHING if math.isnan(gain.length_ratio) else f"{gain.length_ratio:.3f}",
                    number(gain.unpenalised_bleu),
                    signed_interval(gain.gain),
                    signed(gain.by_length),
                    signed(gain.by_words),
                ],
                rule=gain.task != previous,
            )
        )
        previous = gain.task
    return Table(
        name="gains",
        title="Gains",
        caption="Mean test BLEU of beam search, of greedy search and of one sample for each source; words of the "
        "hypotheses by words of the references; BLEU without the brevity penalty; the gain over MLE with the same "
        f"seeds with its {PERCENT} interval, and its two parts: length, by the brevity penalty, and words, the rest.",
        columns=tuple(
            Column(name)
            for name in (
                "Task",
                "Algorithm",
                "Test BLEU",
                "Greedy",
                "Sampled",
                "Length ratio",
                "Without penalty",
                f"Gain over MLE [{PERCENT}]",
                "By length",
                "By words",
            )
        ),
        lines=tuple(lines),
        notes=() if found else ("No run of an actor has finished.",),
    )
