"""An experiment -> its runs, cells and comparisons."""

from erac_vaml.plan.algorithms import algorithm_runs
from erac_vaml.plan.cell import FEWEST, Cell, pairs, runs_of
from erac_vaml.plan.plan import Plan, grid_cells
from erac_vaml.plan.run import Run, run_path
from erac_vaml.plan.stages import ALGORITHM_NAMES, CONTROL, StageName

__all__ = [
    "ALGORITHM_NAMES",
    "CONTROL",
    "FEWEST",
    "Cell",
    "Plan",
    "Run",
    "StageName",
    "algorithm_runs",
    "grid_cells",
    "pairs",
    "run_path",
    "runs_of",
]
