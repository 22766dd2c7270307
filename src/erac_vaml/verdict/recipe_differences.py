"""Write the effect of each difference between the paper's text and its released code: a table and a forest plot."""

from collections.abc import Sequence
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan import Cell, Plan
from erac_vaml.plan.differences import own_values
from erac_vaml.reporting.collected_scores import read_scores
from erac_vaml.reporting.figures.drawing import save_drawing
from erac_vaml.reporting.labels import ALGORITHMS, data_statement, value_label
from erac_vaml.reporting.tables import save_table
from erac_vaml.reporting.tables.layout import Column, Line, Table, line
from erac_vaml.reporting.tables.numbers import NOTHING, number
from erac_vaml.verdict.effects import Effect, effects_data, flip_label, recipe_effects
from erac_vaml.verdict.evidence import DIFFERENCES_NAME, differences_inputs
from erac_vaml.verdict.forest import forest_plot
from erac_vaml.verdict.wording import PERCENT, signed_interval


def write_differences(experiment: Experiment, results: Path) -> None:
    """Write tables/recipe-differences.* and, if a grid flips a difference, the forest plot of the same name.

    Raises:
        UserError: a run's scores cannot be read.
    """
    plan = Plan(experiment)
    effects = recipe_effects(read_scores(plan, results, differences_inputs(plan).runs))
    save_table(differences_table(experiment, effects), results)
    if effects:
        save_drawing(forest_plot(experiment, effects), results)


def differences_table(experiment: Experiment, effects: Sequence[Effect]) -> Table:
    """Return the table of every difference between text and released code: its values, our own, and its effect."""
    lines: list[Line] = []
    for difference in DIFFERENCES:
        own = ", ".join(map(value_label, own_values(experiment, difference))) or NOTHING
        shown = [
            [
                ALGORITHMS[effect.algorithm] + (f" [{effect.text.task}]" if len(experiment.tasks) > 1 else ""),
                _level(effect.code),
                _level(effect.text),
                signed_interval(effect.contrast.difference),
            ]
            for effect in effects
            if effect.difference == difference
        ]
        for place, effect_fields in enumerate(shown or [[NOTHING] * 4]):
            named = [
                difference.identifier,
                difference.summary,
                difference.field,
                flip_label(difference),
                own,
            ]
            lines.append(line([*(named if place == 0 else [""] * len(named)), *effect_fields], rule=place == 0))
    tasks = dict.fromkeys(effect.text.task for effect in effects) or experiment.tasks
    return Table(
        name=DIFFERENCES_NAME,
        title="Text against released code",
        caption="Every setting in which the released code departs from the paper's text (docs/findings/recipes.md), "
        f"and what the text's value alone does to a score: mean change of pairs of runs, with its {PERCENT} interval "
        f"over critics or seeds.",
        statement=data_statement(experiment, tasks),
        columns=(
            *(Column(name) for name in ("", "Difference", "Setting", "Code → text", "Here")),
            *(Column(name, "Flipped alone") for name in ("Algorithm", "Code", "Text", f"Text − code [{PERCENT}]")),
        ),
        lines=tuple(lines),
        notes=(
            f"{NOTHING}: no grid of this experiment flips it; config/recipe-differences.yaml has one for each of them "
            "that is a task's.",
            "†: runs diverged and are left out.",
        ),
        data=effects_data(effects),
    )


def _level(cell: Cell) -> str:
    return number(cell.mean) + ("†" if cell.n_diverged else "")
