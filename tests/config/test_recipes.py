"""config/recipe-differences*.yaml flip every difference between text and released code, each alone."""

from pathlib import Path

import pytest

from erac_vaml.config import load_experiment
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan import algorithm_runs, grid_cells

CONFIG = Path(__file__).parents[2] / "config"
MINI, REAL = (load_experiment(CONFIG / f"{name}.yaml") for name in ("recipe-differences", "recipe-differences-iwslt14"))
SETTINGS_OF_A_TASK = [
    difference
    for difference in DIFFERENCES
    if not difference.field.startswith("dataset.") and difference.when != "with input feeding"
]


@pytest.mark.parametrize("difference", SETTINGS_OF_A_TASK, ids=lambda found: f"{found.identifier} {found.field}")
@pytest.mark.parametrize("experiment", [MINI, REAL], ids=lambda found: found.name)
def test_every_difference_has_a_grid_of_its_own(experiment, difference):
    values = [
        grid.vary[difference.field]
        for name, grid in experiment.ablations.items()
        if list(grid.vary) == [difference.field] and name.partition("-")[0].upper() == difference.identifier
    ]
    assert values != []
    assert [difference.released, difference.paper] in values


@pytest.mark.parametrize(("experiment", "name"), [(found, name) for found in (MINI, REAL) for name in found.ablations])
def test_a_grid_has_a_task_s_own_runs_and_flips_one_setting(experiment, name):
    cells = grid_cells(experiment, name)
    grid = experiment.ablations[name]
    own = tuple(algorithm_runs(experiment, grid.task, grid.algorithm))
    (flipped,) = [cell for cell in cells if cell.runs != own]
    changed = {
        key
        for run, other in zip(own, flipped.runs, strict=True)
        for key in run.fields
        if run.fields[key] != other.fields[key]
    }
    assert changed == set(grid.vary)
