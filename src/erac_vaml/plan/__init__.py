"""An experiment -> its runs, cells and comparisons."""

from erac_vaml.plan.algorithms import algorithm_runs
from erac_vaml.plan.cell import FEWEST, Cell, pairs, runs_of
from erac_vaml.plan.plan import Plan, grid_cells
from erac_vaml.plan.run import Run
from erac_vaml.plan.stages import CONTROL, StageName

__all__ = [
    "CONTROL",
    "FEWEST",
    "Cell",
    "Plan",
    "Run",
    "StageName",
    "algorithm_runs",
    "grid_cells",
    "pairs",
    "runs_of",
]
