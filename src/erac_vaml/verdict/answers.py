"""Answer the question whether one cell is better than another."""

from dataclasses import dataclass

from erac_vaml.plan import Cell
from erac_vaml.plan.comparisons import Comparison
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms
from erac_vaml.verdict.contrast import Contrast, compare
from erac_vaml.verdict.rules import Outcome, Strength, judge_contrast, judge_difference
from erac_vaml.verdict.wording import compared, settled_by, signed


@dataclass(frozen=True)
class Answer:
    """Answer to one question, for example to one test of a claim."""

    label: str
    """For example "VAML − RAML"."""
    outcome: Outcome
    evidence: str
    number: str = ""
    """The one number that says most, for example "+0.42"."""
    contrast: Contrast | None = None


def is_better(better: Cell, worse: Cell, label: str, strength: Strength) -> Answer:
    """Return the answer to the question whether `better` is better than `worse`."""
    lacking = [cell.algorithm for cell in (better, worse) if not cell.n_planned]
    if lacking:
        names = " and ".join(ALGORITHMS.get(name, name) for name in lacking)
        return Answer(label, Outcome.NOT_TESTED, f"{names}: not part of the experiment")
    contrast = compare(better, worse)
    outcome = judge_contrast(contrast, strength)
    evidence = compared(contrast)
    if outcome is Outcome.NOT_TESTED:
        evidence += f"; an interval needs two {contrast.unit}s"
    elif outcome is Outcome.OPEN and judge_difference(contrast.difference, strength) is Outcome.OPEN:
        # Otherwise divergence leaves the answer open, which no number of critics settles.
        evidence += f"; {settled_by(contrast.more_units, contrast.unit)}"
    return Answer(label, outcome, evidence, signed(contrast.difference.estimate), contrast)


def answer(scores: CollectedScores, task: str, comparison: Comparison) -> Answer | None:
    """Return the answer to a comparison of two algorithms on a task; None if the task lacks one of them."""
    # A grid may plan some runs of an algorithm that the task does not ask for; MLE runs are the start of others.
    if not {comparison.better, comparison.worse} <= {"mle", *asked_algorithms(scores.experiment, task)}:
        return None
    better, worse = (scores.algorithm(task, name) for name in (comparison.better, comparison.worse))
    if not worse.n_planned:
        return None
    trend = comparison.trend_in_captioning and scores.experiment.captions_images(task)
    label = f"{ALGORITHMS[comparison.better]} − {ALGORITHMS[comparison.worse]}"
    return is_better(better, worse, label, "on average" if trend else "significantly")
