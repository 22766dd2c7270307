"""List the figures of an experiment, and what each is made of."""

from collections.abc import Callable
from functools import partial

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.plan import Plan, runs_of
from erac_vaml.reporting.inputs import Inputs, data_folder, references_file, shown_settings
from erac_vaml.reporting.labels import FIGURE1_GRIDS, asked_algorithms
from erac_vaml.reporting.tables.ablation import grid_inputs
from erac_vaml.runs.history import HISTORY_FILE
from erac_vaml.runs.hypotheses import HYPOTHESES_FILE

FIGURE1, ABLATION, CURVES, BREAKDOWN = "figure1", "ablation-", "learning-curves-", "breakdown-"
"""Names of figures: the last three go before a grid, or a task."""
VOCABULARY = "vocabulary.target.txt"


def figure_names(experiment: Experiment) -> list[str]:
    """Return the names of all figures that the experiment has."""
    return list(_inputs_of(experiment))


def figure_inputs(plan: Plan, name: str) -> Inputs:
    """Return what a figure is made of.

    Raises:
        UserError: there is no such figure.
    """
    known = _inputs_of(plan.experiment)
    if name == FIGURE1:
        # Without its grid too: drawing it says which grid it needs.
        return _figure1_inputs(plan)
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
    """Return what Figure 1 is made of: the grids of `FIGURE1_GRIDS` that the experiment has."""
    panels = [grid_inputs(plan, name) for name in FIGURE1_GRIDS if name in plan.experiment.ablations]
    runs = {str(run.path): run for panel in panels for run in panel.runs}
    return Inputs(
        tuple(runs.values()), settings={key: panel.settings[key] for panel in panels for key in panel.settings}
    )


def _curves_inputs(plan: Plan, task: str) -> Inputs:
    """Return what a task's learning curves are made of: its algorithms' histories, and the level of MLE."""
    asked = [plan.algorithm(task, name) for name in asked_algorithms(plan.experiment, task)]
    scored = runs_of([*asked, plan.algorithm(task, "mle")])
    histories = tuple(run.path / HISTORY_FILE for run in runs_of(asked))
    return Inputs(tuple(scored), histories, shown_settings(plan.experiment, [task]))


def _breakdown_inputs(plan: Plan, task: str) -> Inputs:
    """Return what a task's breakdown is made of: its algorithms' scores and hypotheses, references and vocabulary."""
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
