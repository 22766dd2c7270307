"""An experiment -> its runs, cells and comparisons."""

from erac_vaml.plan.algorithms import algorithm_runs
from erac_vaml.plan.cell import FEWEST, Cell, pairs, runs_of
from erac_vaml.plan.plan import Plan, find_run, grid_cells, plan_runs
from erac_vaml.plan.run import Run
from erac_vaml.plan.stages import ALGORITHM_SETTINGS, ALGORITHM_STAGE, CONTROL, OWN_FIELDS, StageName

__all__ = [
    "ALGORITHM_SETTINGS",
    "ALGORITHM_STAGE",
    "CONTROL",
    "FEWEST",
    "OWN_FIELDS",
    "Cell",
    "Plan",
    "Run",
    "StageName",
    "algorithm_runs",
    "find_run",
    "grid_cells",
    "pairs",
    "plan_runs",
    "runs_of",
]
