"""Make the page's opening: what the runs say, in two or three sentences, and the marks of outcomes."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.plan import FEWEST
from erac_vaml.reporting.labels import ALGORITHMS, task_label
from erac_vaml.verdict.rules import Level, Outcome
from erac_vaml.verdict.wording import plural, signed

MARKS = {
    Outcome.SUPPORTED: ("✓", "good"),
    Outcome.ON_AVERAGE: ("~", "fair"),
    Outcome.OPEN: ("?", "open"),
    Outcome.NOT_SUPPORTED: ("○", "poor"),
    Outcome.CONTRADICTED: ("✗", "bad"),
    Outcome.NOT_TESTED: ("–", "none"),
    Level.REPRODUCED: ("✓", "good"),
    Level.NOT_REPRODUCED: ("✗", "bad"),
    Level.NOT_COMPARED: ("–", "none"),
    "finished": ("", "good"),
    "diverged": ("", "bad"),
    "missing": ("", "none"),
}
"""Symbol and colour of the outcomes, from good to bad, and of the states of runs."""


def headline(experiment: Experiment, verdict: dict[str, Any]) -> list[str]:
    """Return what the runs say in sentences: counts of outcomes, or the best algorithm of each task."""
    finished, planned = verdict["runs"]["finished"], sum(verdict["runs"].values())
    if not finished:
        return [f"None of {plural(planned, 'run')} has finished yet."]
    if experiment.reproduces:
        sentences = [_claims(verdict), *_levels(verdict)]
    else:
        sentences = [_best(experiment, task, verdict) for task in experiment.tasks]
    if missing := verdict["runs"]["missing"]:
        sentences.append(f"{missing} of {plural(planned, 'run')} {_are(missing)} missing, so this is preliminary.")
    return sentences


def _claims(verdict: dict[str, Any]) -> str:
    outcomes = Counter(claim["outcome"] for claim in verdict["claims"])
    tested = outcomes.total() - outcomes[Outcome.NOT_TESTED]
    if not tested:
        return "None of the paper’s claims can be tested here."
    counted = [
        f"{outcomes[outcome]} {_are(outcomes[outcome])} {outcome}"
        for outcome in MARKS
        if outcomes[outcome] and outcome != Outcome.NOT_TESTED
    ]
    tasks = {claim["task"] for claim in verdict["claims"] if claim["task"]}
    once = ", where each counts once for each task" if len(tasks) > 1 else ""
    return f"{tested} of {plural(outcomes.total(), 'claim')} can be tested here{once}: {', '.join(counted)}."


def _levels(verdict: dict[str, Any]) -> Iterator[str]:
    """Yield how many means are those of the paper, if any are on its data; the data's own sentence says if not."""
    levels = Counter(cell["level"] for cell in verdict["cells"])
    compared = levels.total() - levels[Level.NOT_COMPARED]
    if not compared:
        return
    open_, reproduced = levels[Level.OPEN], levels[Level.REPRODUCED]
    yield (
        f"Of {plural(compared, 'mean')} on the paper’s own data, {reproduced} "
        f"{_are(reproduced)} reproduced, {levels[Level.NOT_REPRODUCED]} {_are(levels[Level.NOT_REPRODUCED])} not, and "
        f"{open_} {'needs' if open_ == 1 else 'need'} more runs."
    )


def _best(experiment: Experiment, task: str, verdict: dict[str, Any]) -> str:
    """Return the best algorithm of a task, and how far the second is behind it.

    The means are over all finished runs, and the lead is over those with the same seeds: there the second may lead.
    """
    label = task_label(experiment, task)
    ranked = [gain for gain in verdict["gains"] if gain["task"] == task and gain["bleu"] is not None]
    if not ranked:
        return f"{label}: no run has finished."
    best, *others = ranked
    sentence = f"{label}: {ALGORITHMS[best['algorithm']]} has the highest mean test BLEU, {best['shown']}"
    if not others:
        return f"{sentence}; no other algorithm has a finished run."
    lag, second = others[0]["lag"], ALGORITHMS[others[0]["algorithm"]]
    if lag["estimate"] is None:
        return f"{sentence}."
    if lag["estimate"] == 0:
        return f"{sentence}; over the seeds that both have finished, {second} scores the same."
    if lag["estimate"] > 0:
        sentence += f"; over the seeds that both have finished, {second} leads it by "
        lead, low, high = lag["estimate"], lag["low"], lag["high"]
    else:
        sentence += f"; it leads {second} by "
        lead, low, high = (None if end is None else -end for end in (lag["estimate"], lag["high"], lag["low"]))
    sentence += signed(lead)
    if low is None:
        return f"{sentence}. An interval needs {FEWEST} critics or seeds."
    chance = ", which may be chance" if low <= 0 <= high else ""
    return f"{sentence} [{signed(low)}, {signed(high)}]{chance}."


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
