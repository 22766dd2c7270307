"""Make Tables 5 and 6: the experiment's own settings, compared with the paper's."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pandas as pd

from erac_vaml.config import Experiment, Task, TaskSettings
from erac_vaml.config.recipes import DIFFERENCES, Difference
from erac_vaml.plan import Plan
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.inputs import Inputs, shown_settings
from erac_vaml.reporting.labels import data_statement, task_label, value_label
from erac_vaml.reporting.paper import Hyperparameters, paper_numbers
from erac_vaml.reporting.tables.layout import Column, Line, Table, Text, line

_OPTIMISERS = {"sgd": "SGD", "adam": "Adam"}
_NOT_APPLICABLE = "N.A."
_CAPTIONS = " × 5"
"""Suffix of the paper's batch sizes in captioning: images with five captions each."""

_TABLE5_ROWS = (
    ("optimizer", "optimizer"),
    ("learning rate", "learning_rate"),
    ("batch size", "batch_size"),
    ("M", "samples"),
    ("τ", "tau"),
    ("κ", "kappa"),
)
_TABLE5_PHASES = (("VAML-1", "q_network"), ("VAML-2", "vaml"), ("RAML", "raml"))

_OPTIMISATION = (("optimizer", "optimizer"), ("learning rate", "learning_rate"), ("batch size", "batch_size"))
_REGULARISATION = (
    ("τ (entropy regularization)", "actor_critic.tau"),
    ("β (target net speed)", "actor_critic.beta"),
    ("λ_var (smoothness)", "actor_critic.lambda_var"),
)
_TABLE6_PHASES = (
    ("Pre-train Actor", "mle", ()),
    ("Pre-train Critic", "critic", _REGULARISATION),
    ("Joint Training", "joint", (*_REGULARISATION, ("λ_MLE", "joint.lambda_mle"))),
)


@dataclass(frozen=True)
class _Setting:
    """One cell: a setting of one task beside the paper's."""

    task: str
    phase: str
    label: str
    field: str
    value: Any
    paper: Any
    """None if the paper prints no value."""
    difference: Difference | None
    """The difference between the paper's text and its released code that explains the value, if one does."""

    @property
    def differs(self) -> bool:
        return self.paper is not None and self.value != self.paper

    @property
    def text(self) -> Text:
        value = _shown(self.value)
        if not self.differs:
            return Text(value)
        why = f" [{self.difference.identifier}]" if self.difference else ""
        return Text(f"{value} ≠ {_shown(self.paper)}{why}", bold=True)

    def row(self) -> dict[str, Any]:
        return {
            "task": self.task,
            "phase": self.phase,
            "hyperparameter": self.label,
            "field": self.field,
            "value": self.value,
            "paper": self.paper,
            "differs": "≠" if self.differs else "",
            "note": self.difference.identifier if self.difference else "",
        }


def table5_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 5: settings alone."""
    sections = [(section, key) for _, key in _TABLE5_ROWS for _, section in _TABLE5_PHASES]
    return _inputs(plan, [f"{section}.{key}" for section, key in sections if _has(section, key)])


def table6_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 6: settings alone."""
    common = [f"{section}.{key}" for _, section, _ in _TABLE6_PHASES for _, key in _OPTIMISATION]
    return _inputs(plan, [*common, *(field for *_, more in _TABLE6_PHASES for _, field in more)])


def _inputs(plan: Plan, fields: list[str]) -> Inputs:
    shown = shown_settings(plan.experiment, plan.experiment.tasks, *fields, "network.input_feeding")
    return Inputs(settings={"recipe": plan.experiment.recipe} | shown)


def _has(section: str, key: str) -> bool:
    """Return whether a section of a task's settings has a field."""
    return key in type(getattr(TaskSettings(), section)).model_fields


def table5(scores: Scores) -> Table:
    """Return Table 5: how RAML and the two phases of VAML are trained in this experiment."""
    experiment = scores.experiment
    papers = paper_numbers().table5
    settings: list[_Setting] = []
    lines = []
    for label, key in _TABLE5_ROWS:
        fields: list[Text | str] = [label]
        for name, task in experiment.tasks.items():
            paper = papers.get(task.paper_setting, {})
            for phase, section in _TABLE5_PHASES:
                if not _has(section, key):
                    fields.append(_NOT_APPLICABLE)
                    continue
                settings.append(_setting(name, task, phase, label, f"{section}.{key}", paper))
                fields.append(settings[-1].text)
        lines.append(line(fields))
    columns = [Column(phase, task_label(experiment, task)) for task in experiment.tasks for phase, _ in _TABLE5_PHASES]
    return _table(
        experiment, "5", "RAML and the two phases of VAML (VAML-1 trains the Q-network).", columns, lines, settings
    )


def table6(scores: Scores) -> Table:
    """Return Table 6: how the three phases of ERAC are trained in this experiment."""
    experiment = scores.experiment
    papers = paper_numbers().table6
    settings: list[_Setting] = []
    lines: list[Line] = []
    for phase, section, more in _TABLE6_PHASES:
        lines.append(line([Text(phase, bold=True), *([""] * len(experiment.tasks))], rule=bool(lines)))
        for label, field in (*((label, f"{section}.{key}") for label, key in _OPTIMISATION), *more):
            here = [
                _setting(name, task, phase, label, field, papers.get(task.paper_setting, {}))
                for name, task in experiment.tasks.items()
            ]
            settings += here
            lines.append(line([label, *(setting.text for setting in here)]))
    columns = [Column(task_label(experiment, task)) for task in experiment.tasks]
    return _table(experiment, "6", "the phases of ERAC; AC has τ = 0.", columns, lines, settings)


def _table(
    experiment: Experiment,
    number: str,
    subject: str,
    columns: list[Column],
    lines: list[Line],
    settings: list[_Setting],
) -> Table:
    reasons = dict.fromkeys(setting.difference for setting in settings if setting.difference)
    notes = [
        f"[{reason.identifier}] {reason.summary}, as in the released code (docs/findings/recipes.md)."
        for reason in reasons
    ]
    if any(setting.differs for setting in settings):
        notes.insert(0, "≠: ours differs from the paper's value, which follows the sign.")
    return Table(
        name=f"table{number}",
        title=f"Table {number}",
        caption=f"Settings of this experiment (recipe {experiment.recipe}), compared with the paper's: {subject}",
        statement=data_statement(experiment, experiment.tasks),
        columns=(Column("Hyper-parameters"), *columns),
        lines=tuple(lines),
        notes=tuple(dict.fromkeys(notes)),
        data=pd.DataFrame([setting.row() for setting in settings]),
    )


def _setting(name: str, task: Task, phase: str, label: str, field: str, paper: Hyperparameters) -> _Setting:
    value, printed = attrgetter(field)(task), paper.get(field)
    if isinstance(printed, str) and printed.endswith(_CAPTIONS) and value % 5 == 0:
        value = f"{value // 5}{_CAPTIONS}"
    feeding = "with input feeding" if task.network.input_feeding else "without input feeding"
    difference = next(
        (
            difference
            for difference in DIFFERENCES
            if difference.field == field and difference.when in ("always", feeding) and difference.released == value
        ),
        None,
    )
    differs = printed is not None and value != printed
    return _Setting(name, phase, label, field, value, printed, difference if differs else None)


def _shown(value: Any) -> str:
    return _OPTIMISERS.get(value, value) if isinstance(value, str) else value_label(value)
