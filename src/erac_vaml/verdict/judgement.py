"""Judge an experiment from the runs that are there: claims, levels, gains, single systems and recipe differences."""

from dataclasses import dataclass

from erac_vaml.config import Experiment
from erac_vaml.plan import CONTROL
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, task_label
from erac_vaml.verdict.ablations import ABLATION_CLAIMS
from erac_vaml.verdict.claims import MAIN_CLAIMS, Claim, Finding
from erac_vaml.verdict.effects import Effect, recipe_effects
from erac_vaml.verdict.gains import Gain, gains
from erac_vaml.verdict.levels import CellLevel, judge_cells
from erac_vaml.verdict.significance import SystemTest

CLAIMS = (*MAIN_CLAIMS, *ABLATION_CLAIMS)


@dataclass(frozen=True)
class Judgement:
    """All answers that the runs of an experiment give; about the paper only if a task has a place in it."""

    experiment: Experiment
    runs: dict[str, int]
    """Number of planned runs by status: finished, diverged, missing."""
    missing: list[str]
    """A sentence for each task that lacks runs or algorithms."""
    claims: list[tuple[Claim, Finding]]
    cells: list[CellLevel]
    gains: list[Gain]
    systems: list[SystemTest]
    effects: list[Effect]
    """Effects of the differences between the paper's text and its released code that grids flip."""


def judge_experiment(scores: CollectedScores, systems: list[SystemTest]) -> Judgement:
    """Return the judgement on an experiment.

    Args:
        scores: scores of all planned runs.
        systems: tests of single systems.
    """
    status, tasks = scores.rows["status"], scores.experiment.tasks
    claims = []
    for claim in CLAIMS if scores.experiment.reproduces else ():
        findings = [found for found in claim.find(scores) if found.task and tasks[found.task].paper_setting]
        # A claim of the paper is listed even if the experiment has no runs for it.
        claims += [(claim, found) for found in findings or ([Finding(None)] if claim.of_paper else [])]
    return Judgement(
        experiment=scores.experiment,
        runs={name: int((status == name).sum()) for name in ("finished", "diverged", "missing")},
        missing=_missing(scores),
        claims=claims,
        cells=judge_cells(scores),
        gains=gains(scores),
        systems=systems,
        effects=recipe_effects(scores),
    )


def _missing(scores: CollectedScores) -> list[str]:
    """Return for each task its missing runs, and the paper's algorithms that a task of the paper lacks."""
    experiment, lines = scores.experiment, []
    for task, settings in experiment.tasks.items():
        label, of_task = task_label(experiment, task), scores.rows[scores.rows["task"] == task]
        lacking = of_task[of_task["status"] == "missing"].groupby("algorithm", sort=False).size()
        if not lacking.empty:
            counts = ", ".join(f"{count} of {algorithm}" for algorithm, count in lacking.items())
            lines.append(f"{label}: runs that have not finished: {counts}")
        asked = {CONTROL, *asked_algorithms(experiment, task)}
        absent = [name for algorithm, name in ALGORITHMS.items() if algorithm not in asked]
        if absent and settings.paper_setting:
            lines.append(f"{label}: not part of the experiment: {', '.join(absent)}")
    return lines
