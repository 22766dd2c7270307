"""Make Tables 5 and 6: the experiment's own settings, compared with the paper's."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pandas as pd

from erac_vaml.config import Experiment, Task
from erac_vaml.config.recipes import DIFFERENCES, Difference, applies
from erac_vaml.plan import Plan
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.inputs import Inputs, shown_settings
from erac_vaml.reporting.labels import data_statement, task_label, value_label
from erac_vaml.reporting.paper import Hyperparameters, Setting, paper_numbers
from erac_vaml.reporting.tables.layout import Column, Table, Text, heading, line
from erac_vaml.reporting.tables.numbers import NOTHING

_OPTIMISERS = {"sgd": "SGD", "adam": "Adam"}
_CAPTIONS = " × 5"
"""Suffix of the paper's batch sizes in captioning: images with five captions each."""


@dataclass(frozen=True)
class _Layout:
    """What one of the two tables shows of a task."""

    subject: str
    phases: tuple[str, ...]
    """Names of the columns."""
    rows: tuple[tuple[str, tuple[str | None, ...]], ...]
    """Name of each row, and its `section.field` in each column; None if the phase has no such setting."""

    @property
    def fields(self) -> list[str]:
        """All `section.field`, each once."""
        return list(dict.fromkeys(field for _, fields in self.rows for field in fields if field))


def _of_phases(key: str, *sections: str) -> tuple[str | None, ...]:
    return tuple(f"{section}.{key}" for section in sections)


_VAML, _ERAC = ("q_network", "vaml", "raml"), ("mle", "critic", "joint")
_OPTIMISATION = {"optimizer": "optimizer", "learning rate": "learning_rate", "batch size": "batch_size"}
_TABLE5 = _Layout(
    "RAML and the two phases of VAML; VAML-1 trains the Q-network",
    ("VAML-1", "VAML-2", "RAML"),
    (
        *((name, _of_phases(key, *_VAML)) for name, key in (_OPTIMISATION | {"M": "samples", "τ": "tau"}).items()),
        ("κ", (None, "vaml.kappa", None)),
    ),
)
_TABLE6 = _Layout(
    "the phases of ERAC; AC has τ = 0",
    ("Pre-train actor", "Pre-train critic", "Joint training"),
    (
        *((name, _of_phases(key, *_ERAC)) for name, key in _OPTIMISATION.items()),
        *(
            (name, (None, f"actor_critic.{key}", f"actor_critic.{key}"))
            for name, key in (
                ("τ (entropy regularization)", "tau"),
                ("β (target net speed)", "beta"),
                ("λ_var (smoothness)", "lambda_var"),
            )
        ),
        ("λ_MLE", (None, None, "joint.lambda_mle")),
    ),
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
    released: Difference | None
    """The difference between the paper's text and its released code, if the value is the code's."""

    @property
    def differs(self) -> bool:
        return self.paper is not None and self.value != self.paper

    @property
    def difference(self) -> Difference | None:
        """The difference that explains why the value is not the paper's, if one does."""
        return self.released if self.differs else None

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
    return _inputs(plan, _TABLE5)


def table6_inputs(plan: Plan) -> Inputs:
    """Return the inputs of Table 6: settings alone."""
    return _inputs(plan, _TABLE6)


def _inputs(plan: Plan, layout: _Layout) -> Inputs:
    shown = shown_settings(plan.experiment, plan.experiment.tasks, *layout.fields, "network.input_feeding")
    return Inputs(settings={"recipe": plan.experiment.recipe} | shown)


def table5(scores: CollectedScores) -> Table:
    """Return Table 5: how RAML and the two phases of VAML are trained in this experiment."""
    return _table(scores.experiment, "5", _TABLE5, paper_numbers().table5)


def table6(scores: CollectedScores) -> Table:
    """Return Table 6: how the three phases of ERAC are trained in this experiment."""
    return _table(scores.experiment, "6", _TABLE6, paper_numbers().table6)


def _table(experiment: Experiment, number: str, layout: _Layout, papers: Mapping[Setting, Hyperparameters]) -> Table:
    settings: list[_Setting] = []
    lines = []
    for name, task in experiment.tasks.items():
        lines.append(heading(task_label(experiment, name), 1 + len(layout.phases)))
        for label, fields in layout.rows:
            shown: list[Text | str] = [label]
            for phase, field in zip(layout.phases, fields, strict=True):
                if field is None:
                    shown.append(NOTHING)
                    continue
                settings.append(_setting(name, task, phase, label, field, papers.get(task.paper_setting, {})))
                shown.append(settings[-1].text)
            lines.append(line(shown))
    reasons = dict.fromkeys(setting.difference for setting in settings if setting.difference)
    notes = [
        f"[{reason.identifier}] {reason.summary}, as in the released code (docs/findings/recipes.md)."
        for reason in reasons
    ]
    if any(setting.differs for setting in settings):
        notes.insert(0, "a ≠ b: our value is a, the paper's is b.")
    return Table(
        name=f"table{number}",
        title=f"Table {number}",
        caption=f"Settings of this experiment (recipe {experiment.recipe}), compared with the paper's: "
        f"{layout.subject}.",
        statement=data_statement(experiment, experiment.tasks),
        columns=(Column("Hyper-parameter"), *map(Column, layout.phases)),
        lines=tuple(lines),
        notes=tuple(dict.fromkeys(notes)),
        data=pd.DataFrame([setting.row() for setting in settings]),
    )


def _setting(name: str, task: Task, phase: str, label: str, field: str, paper: Hyperparameters) -> _Setting:
    value, printed = attrgetter(field)(task), paper.get(field)
    if isinstance(printed, str) and printed.endswith(_CAPTIONS) and value % 5 == 0:
        value = f"{value // 5}{_CAPTIONS}"
    found = (item for item in DIFFERENCES if item.field == field and item.released == value)
    released = next((item for item in found if applies(item, task.network.input_feeding)), None)
    return _Setting(name, phase, label, field, value, printed, released)


def _shown(value: Any) -> str:
    return _OPTIMISERS.get(value, value) if isinstance(value, str) else value_label(value)
