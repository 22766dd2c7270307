"""Names as tables and figures print them, and what every caption says of the data."""

import json
from collections.abc import Iterable
from typing import Any

from erac_vaml.config import Experiment

ALGORITHMS = {
    "mle": "MLE",
    "raml": "RAML",
    "vaml": "VAML",
    "ac": "AC",
    "erac": "ERAC",
    "erac-no-future-entropy": "ERAC w/o Future Ent.",
}
MEASURES = {"valid_bleu": "validation BLEU", "test_bleu": "test BLEU"}
_FIELDS = {
    "actor_critic.tau": "τ",
    "actor_critic.beta": "β",
    "actor_critic.lambda_var": "λ_var",
    "joint.lambda_mle": "λ_MLE",
    "vaml.kappa": "κ",
}
_KINDS = {"mini": "a small synthetic language", "parallel": "a parallel text of one's own"}


def task_label(experiment: Experiment, task: str) -> str:
    """Return a task's heading: its label, with its name after it where two tasks share the label."""
    label = experiment.tasks[task].label or task
    shared = [other for other in experiment.tasks.values() if other.label == label]
    return f"{label} [{task}]" if len(shared) > 1 else label


def field_label(field: str) -> str:
    """Return the paper's symbol of a `section.field`, or the field itself."""
    return _FIELDS.get(field, field)


def value_label(value: Any) -> str:
    """Return a setting's value: numbers in their shortest form, the rest as the configuration has it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value)


def data_statement(experiment: Experiment, tasks: Iterable[str]) -> str:
    """Return one sentence on the data that the numbers come from, and whether they compare with the paper's."""
    names = list(dict.fromkeys(experiment.tasks[task].dataset for task in tasks))
    kinds = {name: experiment.datasets[name].kind for name in names}
    if all(kind == "iwslt14" for kind in kinds.values()):
        return "Data: IWSLT 2014 German–English, as in the paper."
    described = ", ".join(
        f"{name} (IWSLT 2014 German–English)" if kind == "iwslt14" else f"{name} ({_KINDS[kind]})"
        for name, kind in kinds.items()
    )
    return f"Data: {described}; the paper's is IWSLT 2014 German–English, so only directions can be compared."
