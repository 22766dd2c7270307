"""List the figures of an experiment, and the inputs of each."""

from collections.abc import Callable
from functools import partial
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.plan import Plan, Run, runs_of
from erac_vaml.reporting.inputs import Inputs, bounds_file, data_folder, references_file, shown_settings
from erac_vaml.reporting.labels import FIGURE1_GRIDS, asked_algorithms
from erac_vaml.reporting.names import ABLATION, BREAKDOWN, CURVES, FIGURE1
from erac_vaml.reporting.tables.ablation import grid_inputs
from erac_vaml.runs.history import HISTORY_FILE
from erac_vaml.runs.hypotheses import HYPOTHESES_FILE

VOCABULARY = "vocabulary.target.txt"


def figure_names(experiment: Experiment) -> list[str]:
    """Return the names of all figures that the experiment has."""
    return list(_inputs_of(experiment))


def figure_inputs(plan: Plan, name: str) -> Inputs:
    """Return the inputs of a figure.

    Raises:
        UserError: there is no such figure.
    """
    if name == FIGURE1:
        # Also if there is no grid for it: `draw` then says which grid is needed.
        return _figure1_inputs(plan)
    known = _inputs_of(plan.experiment)
    if name not in known:
        raise UserError(f"figure {name}: no such figure; the experiment has {', '.join(known)}")
    return known[name](plan)


def _inputs_of(experiment: Experiment) -> dict[str, Callable[[Plan], Inputs]]:
    first = {FIGURE1: _figure1_inputs} if any(name in experiment.ablations for name in FIGURE1_GRIDS) else {}
    grids = {f"{ABLATION}{name}": partial(grid_inputs, name=name) for name in experiment.ablations}
    tasks = {
        f"{kind}{task}": partial(inputs, task=task)
        for task in experiment.tasks
        for kind, inputs in ((CURVES, _curves_inputs), (BREAKDOWN, _breakdown_inputs))
    }
    return {**first, **grids, **tasks}


def _figure1_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Figure 1: the grids of `FIGURE1_GRIDS` that the experiment has."""
    runs: dict[str, Run] = {}
    settings: dict[str, Any] = {}
    for name in FIGURE1_GRIDS:
        if name in plan.experiment.ablations:
            panel = grid_inputs(plan, name)
            runs |= {str(run.path): run for run in panel.runs}
            settings |= panel.settings
    return Inputs(tuple(runs.values()), settings=settings)


def _curves_inputs(plan: Plan, task: str) -> Inputs:
    """Return the inputs of a task's learning curves: scores and histories of its algorithms and of MLE, and bounds."""
    asked = [plan.algorithm(task, name) for name in asked_algorithms(plan.experiment, task)]
    scored = runs_of([*asked, plan.algorithm(task, "mle")])
    histories = tuple(run.path / HISTORY_FILE for run in runs_of(asked))
    bounds = [path] if (path := bounds_file(plan.experiment, task)) else []
    return Inputs(tuple(scored), (*histories, *bounds), shown_settings(plan.experiment, [task]))


def _breakdown_inputs(plan: Plan, task: str) -> Inputs:
    """Return the inputs of a task's breakdown: its algorithms' scores and hypotheses, references and vocabulary."""
    runs = runs_of([plan.algorithm(task, name) for name in asked_algorithms(plan.experiment, task)])
    return Inputs(
        tuple(runs),
        (
            *(run.path / HYPOTHESES_FILE for run in runs),
            references_file(plan.experiment, task),
            data_folder(plan.experiment, task) / VOCABULARY,
        ),
        shown_settings(plan.experiment, [task]),
    )
