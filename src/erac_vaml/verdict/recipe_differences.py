"""Write the differences between the paper's text and its released code, and their effects: tables and a forest plot."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan import Plan
from erac_vaml.plan.differences import own_values
from erac_vaml.reporting.collected_scores import scores_of_runs
from erac_vaml.reporting.figures.drawing import save_drawing
from erac_vaml.reporting.labels import ALGORITHMS, data_statement, field_label, value_label
from erac_vaml.reporting.names import RECIPE_DIFFERENCES, RECIPE_EFFECTS
from erac_vaml.reporting.tables import save_table
from erac_vaml.reporting.tables.layout import Column, Table, Text, line
from erac_vaml.reporting.tables.numbers import NOTHING, group_of, score_notes
from erac_vaml.verdict.effects import Effect, effects_data, flip_label, recipe_effects
from erac_vaml.verdict.forest import effects_plot
from erac_vaml.verdict.inputs import differences_inputs
from erac_vaml.verdict.wording import PERCENT, signed_interval


def write_differences(experiment: Experiment, results: Path) -> None:
    """Write tables/recipe-differences.*; if grids flip differences, tables/recipe-effects.* and the forest plot too.

    Raises:
        UserError: a run's scores cannot be read.
    """
    plan = Plan(experiment)
    effects = recipe_effects(scores_of_runs(plan, results, differences_inputs(plan).runs))
    for table in difference_tables(experiment, effects):
        save_table(table, results)
    if effects:
        save_drawing(effects_plot(experiment, effects), results)


def difference_tables(experiment: Experiment, effects: Sequence[Effect]) -> list[Table]:
    """Return the table of the differences between text and released code, and that of their effects if any."""
    return [differences_table(experiment, effects), *([effects_table(experiment, effects)] if effects else [])]


def differences_table(experiment: Experiment, effects: Sequence[Effect]) -> Table:
    """Return the table of the differences: the values of text and released code, and our own.

    If no task has a place in the paper, it has only those that a grid flips.
    """
    flipped = {effect.difference for effect in effects}
    shown = [difference for difference in DIFFERENCES if experiment.reproduces or difference in flipped]
    own = [", ".join(map(value_label, own_values(experiment, difference))) or NOTHING for difference in shown]
    return Table(
        name=RECIPE_DIFFERENCES,
        title="Paper's text and released code",
        caption="Settings in which the released code differs from the paper's text (docs/findings/recipes.md), and "
        "their values here.",
        columns=(
            Column(""),
            Column("What the released code does", wraps=True),
            Column("Setting", wraps=True),
            Column("Code → text"),
            Column("Here"),
        ),
        lines=tuple(
            line(
                [
                    difference.identifier,
                    difference.summary,
                    field_label(difference.field),
                    flip_label(difference),
                    value,
                ]
            )
            for difference, value in zip(shown, own, strict=True)
        ),
        data=pd.DataFrame(
            {
                "difference": difference.identifier,
                "field": difference.field,
                "released": value_label(difference.released),
                "paper": value_label(difference.paper),
                "here": value,
            }
            for difference, value in zip(shown, own, strict=True)
        ),
    )


def effects_table(experiment: Experiment, effects: Sequence[Effect]) -> Table:
    """Return the table of the effects that grids measure."""
    several = len(experiment.tasks) > 1
    return Table(
        name=RECIPE_EFFECTS,
        title="Effects of the paper's text",
        caption="Mean change of a score over pairs of runs when one setting follows the paper's text instead of its "
        f"released code, with its {PERCENT} interval over critics or seeds.",
        statement=data_statement(experiment, dict.fromkeys(effect.text.task for effect in effects)),
        columns=tuple(map(Column, ("", "Setting", "Algorithm", f"Text − code [{PERCENT}]"))),
        lines=tuple(
            line(
                [
                    effect.difference.identifier,
                    field_label(effect.difference.field),
                    ALGORITHMS[effect.algorithm] + (f" [{effect.text.task}]" if several else ""),
                    Text(signed_interval(effect.contrast.difference), runs=group_of(effect.text)),
                ]
            )
            for effect in effects
        ),
        notes=score_notes(experiment, [cell for effect in effects for cell in (effect.code, effect.text)]),
        data=effects_data(effects),
    )
