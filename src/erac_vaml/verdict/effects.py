"""Measure the effect of each difference between the paper's text and its released code on a score."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from erac_vaml.config.recipes import DIFFERENCES, Difference
from erac_vaml.plan import Cell
from erac_vaml.plan.differences import flipping_grids, same_value
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import field_label, value_label
from erac_vaml.verdict.contrast import Contrast, compare


@dataclass(frozen=True)
class Effect:
    """Change of an algorithm's score if one setting follows the paper's text and not the released code."""

    difference: Difference
    grid: str
    """Name of the ablation grid that has both values."""
    algorithm: str
    code: Cell
    """Runs with the released code's value."""
    text: Cell
    """Runs with the text's value."""
    contrast: Contrast
    """The text's runs − the released code's."""

    @property
    def label(self) -> str:
        """For example "A3 smoothing (AC and ERAC): variance → sum"."""
        return f"{self.difference.identifier} {field_label(self.difference.field)}: {flip_label(self.difference)}"


def flip_label(difference: Difference) -> str:
    """Return the released code's value and the text's, for example "0 → 0.9"."""
    return f"{value_label(difference.released)} → {value_label(difference.paper)}"


def recipe_effects(scores: CollectedScores) -> list[Effect]:
    """Return the effect of each difference that a grid flips, in the order of docs/findings/recipes.md.

    Raises:
        UserError: a grid names an unknown field or a value out of range.
    """
    found = []
    for difference in DIFFERENCES:
        for name in flipping_grids(scores.experiment, difference):
            cells = scores.grid(name)
            code, text = (
                next(cell for cell in cells if same_value(cell.values[difference.field], value))
                for value in (difference.released, difference.paper)
            )
            algorithm = scores.experiment.ablations[name].algorithm
            found.append(Effect(difference, name, algorithm, code, text, compare(text, code)))
    return found


def effects_data(effects: Sequence[Effect]) -> pd.DataFrame:
    """Return a row for each effect."""
    return pd.DataFrame(
        {
            "difference": effect.difference.identifier,
            "field": effect.difference.field,
            "released": value_label(effect.difference.released),
            "paper": value_label(effect.difference.paper),
            "grid": effect.grid,
            "task": effect.text.task,
            "algorithm": effect.algorithm,
            "metric": effect.text.metric,
            "n_planned": effect.text.n_planned,
            "n_diverged_released": effect.code.n_diverged,
            "n_diverged_paper": effect.text.n_diverged,
            "mean_released": effect.code.mean,
            "mean_paper": effect.text.mean,
            "pairs": effect.contrast.pairs,
            "effect": effect.contrast.difference.estimate,
            "low": effect.contrast.difference.low,
            "high": effect.contrast.difference.high,
            "p": effect.contrast.flips.p_value,
        }
        for effect in effects
    )
