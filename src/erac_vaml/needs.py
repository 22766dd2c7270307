"""Which runs each table and figure is made of, so that asking for one trains no more than it needs."""

from erac_vaml.config import Experiment
from erac_vaml.plan import Run, algorithm_runs, grid_cells, plan_runs

_TABLE1 = ("mle", "raml", "vaml", "ac", "erac")
_TABLE4 = ("erac", "erac-no-future-entropy", "ac")


def table_runs(experiment: Experiment, number: int) -> list[Run]:
    """Return the runs of one of the paper's tables; Tables 5 and 6 print the configuration and need none."""
    if number == 1:
        return [run for task in experiment.tasks for run in _algorithms(experiment, task, *_TABLE1)]
    if number == 3:
        return _grid_and_reference(experiment, "table3")
    if number == 4:
        settings = {task.paper_setting: name for name, task in reversed(experiment.tasks.items())}
        return _algorithms(experiment, settings.get("mt", next(iter(experiment.tasks))), *_TABLE4)
    wanted = {2: ("mt-input-feeding",), 7: ("mt-input-feeding", "mt-two-layers")}.get(number, ())
    tasks = [name for name, task in experiment.tasks.items() if task.paper_setting in wanted]
    return [run for task in tasks for run in _algorithms(experiment, task, "vaml", "erac")]


def figure1_runs(experiment: Experiment) -> list[Run]:
    """Return the runs of Figure 1: the τ sweep, and MLE as its reference."""
    return _grid_and_reference(experiment, "figure1")


def task_runs(experiment: Experiment, task: str) -> list[Run]:
    """Return the runs of one task's learning curves: all but the ablations' own."""
    return [run for run in plan_runs(experiment).values() if run.task == task and "@" not in run.algorithm]


def _grid_and_reference(experiment: Experiment, grid: str) -> list[Run]:
    if grid not in experiment.ablations:
        return []
    runs = [run for cell in grid_cells(experiment, grid) for run in cell.runs]
    return [*runs, *_algorithms(experiment, experiment.ablations[grid].task, "mle")]


def _algorithms(experiment: Experiment, task: str, *names: str) -> list[Run]:
    """Return the runs of those of the algorithms that the task has."""
    planned = experiment.tasks[task].algorithms
    return [run for name in names if name in planned for run in algorithm_runs(experiment, task, name)]
