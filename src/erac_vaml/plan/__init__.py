"""An experiment -> its runs, cells and comparisons."""

from erac_vaml.plan.runs import (
    ALGORITHM_SETTINGS,
    ALGORITHM_STAGE,
    OWN_FIELDS,
    Cell,
    Run,
    StageName,
    algorithm_runs,
    grid_cells,
    plan_runs,
)

__all__ = [
    "ALGORITHM_SETTINGS",
    "ALGORITHM_STAGE",
    "OWN_FIELDS",
    "Cell",
    "Run",
    "StageName",
    "algorithm_runs",
    "grid_cells",
    "plan_runs",
]
