"""Name algorithms, tasks and settings as tables and figures print them, and describe the data in captions."""

import json
from collections.abc import Iterable
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.plan import CONTROL

ALGORITHMS = {
    "mle": "MLE",
    CONTROL: "MLE continued",
    "raml": "RAML",
    "vaml": "VAML",
    "ac": "AC",
    "erac": "ERAC",
    "erac-no-future-entropy": "ERAC w/o Future Ent.",
}
METRICS = {"valid_bleu": "validation BLEU", "test_bleu": "test BLEU", "test_chrf": "test chrF2"}
TRANSLATION_METRICS = {"test_chrf": "chrF2"}
"""Measures of translations besides BLEU."""
CAPTION_METRICS = {
    "test_cider": "CIDEr",
    "test_rouge_l": "ROUGE-L",
    "test_sacrebleu": "sacreBLEU",
    "test_chrf": "chrF2",
}
"""Measures of captions besides BLEU-4."""
FIGURE1_GRIDS = ("figure1", "figure1-captioning")
"""Names of the grids in the left and the right panel of Figure 1."""
_FIELDS = {
    "actor_critic.tau": "τ",
    "actor_critic.beta": "β",
    "actor_critic.lambda_var": "λ_var",
    "joint.lambda_mle": "λ_MLE",
    "vaml.kappa": "κ",
}
_KINDS = {
    "iwslt14": "IWSLT 2014 German–English",
    "mini": "a small synthetic language",
    "parallel": "your own parallel corpus",
    "coco": "MSCOCO by Karpathy's split",
    "mini-captions": "rendered scenes",
    "captions": "your own captioned images",
}
_PAPERS = {False: "iwslt14", True: "coco"}
"""The paper's own data, by whether the task captions images."""


def task_label(experiment: Experiment, task: str) -> str:
    """Return a task's heading: its label, followed by its name if two tasks share the label."""
    label = experiment.tasks[task].label or task
    shared = [other for other in experiment.tasks.values() if other.label == label]
    return f"{label} [{task}]" if len(shared) > 1 else label


def asked_algorithms(experiment: Experiment, task: str) -> list[str]:
    """Return the algorithms that a task asks for, in the order of `ALGORITHMS`."""
    return [name for name in ALGORITHMS if name in experiment.tasks[task].algorithms]


def field_label(field: str) -> str:
    """Return the paper's symbol of a `section.field`, or the field itself."""
    return _FIELDS.get(field, field)


def value_label(value: Any) -> str:
    """Return a setting's value as text: a number in its shortest form, anything else as in the configuration."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value)


def has_papers_data(experiment: Experiment, task: str) -> bool:
    """Return whether a task uses the paper's own data."""
    return experiment.datasets[experiment.tasks[task].dataset].kind == _PAPERS[experiment.captions_images(task)]


def data_statement(experiment: Experiment, tasks: Iterable[str]) -> str:
    """Return a sentence on the data of some tasks, and whether their numbers can be compared with the paper's."""
    tasks = list(tasks)
    kinds = {experiment.tasks[task].dataset: experiment.datasets[experiment.tasks[task].dataset].kind for task in tasks}
    papers = list(dict.fromkeys(_PAPERS[experiment.captions_images(task)] for task in tasks))
    of_paper = " and ".join(_KINDS[kind] for kind in papers)
    if set(kinds.values()) <= set(papers):
        return f"Data: {of_paper}, as in the paper."
    described = ", ".join(f"{name} ({_KINDS[kind]})" for name, kind in kinds.items())
    verb = "is" if len(papers) == 1 else "are"
    return f"Data: {described}; the paper's {verb} {of_paper}, so only directions can be compared."
