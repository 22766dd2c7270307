"""Convert a judgement to the plain values of verdict.json, which programs and the page read."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from erac_vaml.reporting.labels import data_statement
from erac_vaml.verdict.effects import Effect
from erac_vaml.verdict.intervals import CONFIDENCE
from erac_vaml.verdict.judgement import Judgement
from erac_vaml.verdict.levels import CellLevel
from erac_vaml.verdict.reasons import reason
from erac_vaml.verdict.rules import MARGIN, Level, Outcome
from erac_vaml.verdict.wording import counted


def as_json(judgement: Judgement) -> dict[str, Any]:
    """Return the content of verdict.json; an unknown value is None."""
    experiment = judgement.experiment
    content = {
        "experiment": experiment.name,
        "recipe": experiment.recipe,
        "data": data_statement(experiment, experiment.tasks),
        "confidence": CONFIDENCE,
        "margin_bleu": MARGIN,
        "runs": judgement.runs,
        "missing": judgement.missing,
        "summary": {
            "claims": _counted((finding.outcome for _, finding in judgement.claims), Outcome),
            "levels": _counted((judged.level for judged in judgement.cells), Level),
        },
        "claims": [
            {
                "claim": claim.key,
                "statement": claim.statement,
                "source": claim.source,
                "task": finding.task,
                "outcome": finding.outcome,
                "number": finding.number,
                "note": finding.note,
                "tests": [
                    {
                        "label": test.label,
                        "outcome": test.outcome,
                        "number": test.number,
                        "evidence": test.evidence,
                        "comparison": test.contrast,
                    }
                    for test in finding.tests
                ],
            }
            for claim, finding in judgement.claims
        ],
        "cells": [_cell(judged) for judged in judgement.cells],
        "gains": judgement.gains,
        "systems": judgement.systems,
        "recipe_differences": [_effect(effect) for effect in judgement.effects],
    }
    return _plain(content)


def _cell(judged: CellLevel) -> dict[str, Any]:
    cell = judged.cell
    return {
        "table": judged.table or None,
        "task": cell.task,
        "label": judged.label,
        "algorithm": cell.algorithm,
        "values": cell.values,
        "metric": cell.metric,
        "runs": {"finished": cell.n_finished, "diverged": cell.n_diverged, "planned": cell.n_planned},
        "counted": counted(cell),
        "units": {"kind": cell.unit, "count": len(np.unique(cell.units))},
        "ours": judged.mean,
        "bootstrap_percentiles": judged.bootstrap,
        "paper": judged.paper.model_dump(),
        "gap": judged.gap,
        "cv_star": judged.cv_star,
        "same_data": judged.same_data,
        "level": judged.level,
        "more_units": judged.more_units,
        "why": reason(judged),
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
        "paper_less_released": effect.contrast,
    }


def _counted(outcomes: Iterable[str], names: Iterable[str]) -> dict[str, int]:
    counts = Counter(outcomes)
    return {str(name): counts[name] for name in names if counts[name]}


def _plain(value: Any) -> Any:
    """Return dataclasses, tuples and NumPy numbers as plain values; NaN and infinities as None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
