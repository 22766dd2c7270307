"""The whole verdict: as one object, as JSON for programs, and as Markdown for people."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from erac_vaml.config import Experiment
from erac_vaml.reporting.labels import ALGORITHMS, CONTROL, data_statement, task_label
from erac_vaml.reporting.tables.layout import markdown
from erac_vaml.verdict.ablations import ABLATION_CLAIMS
from erac_vaml.verdict.cells import JudgedCell, judged_cells
from erac_vaml.verdict.claims import MAIN_CLAIMS, Claim, Finding
from erac_vaml.verdict.collect import Evidence
from erac_vaml.verdict.effects import Effect, recipe_effects
from erac_vaml.verdict.intervals import CONFIDENCE
from erac_vaml.verdict.rules import MARGIN, Outcome, Verdict
from erac_vaml.verdict.significance import SystemTest
from erac_vaml.verdict.tables import cells_table, claims_table, differences_table, systems_table

CLAIMS = (*MAIN_CLAIMS, *ABLATION_CLAIMS)


@dataclass(frozen=True)
class VerdictOfExperiment:
    """Everything that can be said of an experiment's runs beside the paper."""

    experiment: Experiment
    runs: dict[str, int]
    """finished, diverged, missing: how many of all planned runs."""
    missing: list[str]
    """What lacks runs, task by task."""
    claims: list[tuple[Claim, Finding]]
    cells: list[JudgedCell]
    systems: list[SystemTest]
    effects: list[Effect]
    """Of differences between the paper's text and its released code, where grids flip them."""


def judge_experiment(evidence: Evidence, systems: list[SystemTest]) -> VerdictOfExperiment:
    """Return the verdict on an experiment from whatever runs are there."""
    status = evidence.scores["status"]
    return VerdictOfExperiment(
        experiment=evidence.experiment,
        runs={name: int((status == name).sum()) for name in ("finished", "diverged", "missing")},
        missing=_missing(evidence),
        claims=[(claim, finding) for claim in CLAIMS for finding in _findings(claim, evidence)],
        cells=judged_cells(evidence),
        systems=systems,
        effects=recipe_effects(evidence),
    )


def _findings(claim: Claim, evidence: Evidence) -> list[Finding]:
    """Return a claim's findings; of a claim of the paper without any, that there are none."""
    return claim.find(evidence) or ([Finding(None)] if claim.of_paper else [])


def as_json(verdict: VerdictOfExperiment) -> dict[str, Any]:
    """Return the verdict as plain values: verdict.json. What is not known is null."""
    experiment = verdict.experiment
    content = {
        "experiment": experiment.name,
        "recipe": experiment.recipe,
        "data": data_statement(experiment, experiment.tasks),
        "confidence": CONFIDENCE,
        "margin_bleu": MARGIN,
        "runs": verdict.runs,
        "missing": verdict.missing,
        "summary": {
            "claims": _counted((finding.outcome for _, finding in verdict.claims), Outcome),
            "cells": _counted((judged.verdict for judged in verdict.cells), Verdict),
        },
        "claims": [
            {
                "claim": claim.key,
                "statement": claim.statement,
                "source": claim.source,
                "task": finding.task,
                "outcome": finding.outcome,
                "note": finding.note,
                "tests": finding.parts,
            }
            for claim, finding in verdict.claims
        ],
        "cells": [_cell(judged) for judged in verdict.cells],
        "systems": verdict.systems,
        "recipe_differences": [_effect(effect) for effect in verdict.effects],
    }
    return _plain(content)


def as_markdown(verdict: VerdictOfExperiment) -> str:
    """Return the verdict for people: verdict.md."""
    experiment, runs = verdict.experiment, verdict.runs
    lacking = [f"- {item}" for item in verdict.missing] or ["Nothing."]
    parts = [
        f"# Verdict on {experiment.name}",
        f"{runs['finished']} of {sum(runs.values())} runs finished, {runs['diverged']} diverged, {runs['missing']} are "
        f"missing. Recipe: {experiment.recipe}. {data_statement(experiment, experiment.tasks)}",
        f"Claims: {_listed(finding.outcome for _, finding in verdict.claims)}. "
        f"Cells: {_listed(judged.verdict for judged in verdict.cells)}. "
        "The rules are in docs/verdict.md; all words below follow from the scores by them.",
        markdown(claims_table(experiment, verdict.claims)).rstrip(),
        markdown(cells_table(experiment, verdict.cells)).rstrip(),
        markdown(systems_table(experiment, verdict.systems)).rstrip(),
        markdown(differences_table(experiment, verdict.effects)).rstrip(),
        "**What is missing.**",
        "\n".join(lacking),
    ]
    return "\n\n".join(parts) + "\n"


def json_text(verdict: VerdictOfExperiment) -> str:
    """Return verdict.json's text."""
    return json.dumps(as_json(verdict), indent=1, ensure_ascii=False) + "\n"


def _missing(evidence: Evidence) -> list[str]:
    """Return for each task what lacks runs, and which of the paper's algorithms it does not have."""
    experiment, lines = evidence.experiment, []
    for task in experiment.tasks:
        label, of_task = task_label(experiment, task), evidence.scores[evidence.scores["task"] == task]
        lacking = of_task[of_task["status"] == "missing"].groupby("algorithm", sort=False).size()
        if not lacking.empty:
            counts = ", ".join(f"{count} of {algorithm}" for algorithm, count in lacking.items())
            lines.append(f"{label}: runs that have not finished: {counts}")
        absent = [
            name
            for algorithm, name in ALGORITHMS.items()
            if algorithm != CONTROL and not evidence.algorithm(task, algorithm).n_planned
        ]
        if absent:
            lines.append(f"{label}: no part of the experiment: {', '.join(absent)}")
    return lines


def _cell(judged: JudgedCell) -> dict[str, Any]:
    cell, runs = judged.cell, judged.cell.runs
    return {
        "table": cell.table or None,
        "task": runs.task,
        "algorithm": runs.algorithm,
        "values": runs.values,
        "metric": runs.metric,
        "runs": {"finished": runs.n_finished, "diverged": runs.n_diverged, "planned": runs.n_planned},
        "units": {"kind": "critic" if runs.nested else "seed", "count": len(np.unique(runs.units))},
        "ours": judged.mean,
        "bootstrap_percentiles": judged.bootstrap,
        "paper": cell.paper.model_dump(),
        "gap": judged.gap,
        "same_data": judged.same_data,
        "baseline": cell.baseline.algorithm if cell.baseline else None,
        "against_baseline": judged.against_baseline,
        "direction": judged.direction,
        "verdict": judged.verdict,
        "more_units": judged.more_units,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "difference": effect.difference.identifier,
        "setting": effect.difference.field,
        "released": effect.difference.released,
        "paper": effect.difference.paper,
        "grid": effect.grid,
        "task": effect.text.task,
        "algorithm": effect.algorithm,
        "metric": effect.text.metric,
        "paper_less_released": effect.comparison,
    }


def _counted(outcomes: Iterable[str], names: Iterable[str]) -> dict[str, int]:
    counts = Counter(outcomes)
    return {str(name): counts[name] for name in names if counts[name]}


def _listed(outcomes: Iterable[Outcome] | Iterable[Verdict]) -> str:
    """Return how many there are of each, the most frequent first."""
    return ", ".join(f"{count} {name}" for name, count in Counter(map(str, outcomes)).most_common()) or "none"


def _plain(value: Any) -> Any:
    """Return dataclasses, tuples and NumPy numbers as JSON has them; NaN and infinities as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
