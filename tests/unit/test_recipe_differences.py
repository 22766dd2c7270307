"""config/recipe-differences.yaml flips every difference between text and released code, each alone."""

from pathlib import Path

import pytest

from erac_vaml.config import load_experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan import algorithm_runs, grid_cells

EXPERIMENT = load_experiment(Path(__file__).parents[2] / "config" / "recipe-differences.yaml")
SETTINGS_OF_A_TASK = [
    difference
    for difference in DIFFERENCES
    if not difference.field.startswith("dataset.") and difference.when != "with input feeding"
]


@pytest.mark.parametrize("difference", SETTINGS_OF_A_TASK, ids=lambda found: f"{found.identifier} {found.field}")
def test_every_difference_has_a_grid_of_its_own(difference):
    values = [
        grid.vary[difference.field]
        for name, grid in EXPERIMENT.ablations.items()
        if list(grid.vary) == [difference.field] and name.partition("-")[0].upper() == difference.identifier
    ]
    assert values != []
    assert all(found == [difference.released, difference.paper] for found in values)


@pytest.mark.parametrize("name", EXPERIMENT.ablations)
def test_a_grid_has_a_task_s_own_runs_and_flips_one_setting(name):
    cells = grid_cells(EXPERIMENT, name)
    grid = EXPERIMENT.ablations[name]
    own = tuple(algorithm_runs(EXPERIMENT, grid.task, grid.algorithm))
    (flipped,) = [cell for cell in cells if cell.runs != own]
    changed = {
        key
        for run, other in zip(own, flipped.runs, strict=True)
        for key in run.fields
        if run.fields[key] != other.fields[key]
    }
    assert changed == set(grid.vary)
