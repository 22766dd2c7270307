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
MEASURE_LABELS = {
    "test_cider": "CIDEr",
    "test_rouge_l": "ROUGE-L",
    "test_sacrebleu": "sacreBLEU",
    "test_chrf": "chrF2",
}
"""Measures of the test set besides BLEU; translations have chrF2 alone."""
FIGURE1_GRIDS = ("figure1", "figure1-captioning")
"""Names of the grids in the left and the right panel of Figure 1."""
_SYMBOLS = {
    "actor_critic.tau": "τ",
    "actor_critic.beta": "β",
    "actor_critic.lambda_var": "λ_var",
    "joint.lambda_mle": "λ_MLE",
    "vaml.kappa": "κ",
}
"""Settings that a symbol of the paper names without a section."""
_SECTIONS = {
    "mle": "MLE",
    "raml": "RAML",
    "vaml": "VAML",
    "q_network": "Q-network",
    "actor_critic": "AC and ERAC",
    "critic": "critic",
    "joint": "joint training",
    "evaluation": "decoding",
}
"""Sections of a task's settings whose names are not plain words."""
_NAMES = {"tau": "τ", "adam_beta1": "Adam β1", "td_loss": "TD loss"}
"""Names of fields that are not plain words with underscores."""
DATA = {
    "iwslt14": "IWSLT 2014 German–English",
    "mini": "a small synthetic language",
    "parallel": "parallel text",
    "coco": "MSCOCO, Karpathy's split",
    "mini-captions": "rendered scenes",
    "captions": "captioned images",
}
"""Kinds of data set."""
_PAPERS = {False: "iwslt14", True: "coco"}
"""The paper's own data, by whether the task captions images."""


def task_label(experiment: Experiment, task: str) -> str:
    """Return a task's heading: its label or else its name, and its name after it if two tasks would share it."""
    headings = {name: settings.label or name for name, settings in experiment.tasks.items()}
    heading = headings[task]
    return f"{heading} [{task}]" if list(headings.values()).count(heading) > 1 else heading


def asked_algorithms(experiment: Experiment, task: str) -> list[str]:
    """Return the algorithms that a task asks for, in the order of `ALGORITHMS`."""
    return [name for name in ALGORITHMS if name in experiment.tasks[task].algorithms]


def field_label(field: str) -> str:
    """Return the name of a `section.field` for people: the paper's symbol, or as in "Adam β1 (joint training)"."""
    section, _, key = field.partition(".")
    return _SYMBOLS.get(field) or f"{_NAMES.get(key, key.replace('_', ' '))} ({_SECTIONS.get(section, section)})"


def value_label(value: Any) -> str:
    """Return a setting's value as text: a number in its shortest form, anything else as in the configuration."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value)


def has_papers_data(experiment: Experiment, task: str) -> bool:
    """Return whether a task uses the paper's own data."""
    return experiment.datasets[experiment.tasks[task].dataset].kind == _PAPERS[experiment.captions_images(task)]


def data_statement(experiment: Experiment, tasks: Iterable[str]) -> str:
    """Return a sentence on the data of some tasks, and whether their scores can be compared with the paper's."""
    tasks = list(tasks)
    kinds = {experiment.tasks[task].dataset: experiment.datasets[experiment.tasks[task].dataset].kind for task in tasks}
    described = ", ".join(f"{name} ({DATA[kind]})" for name, kind in kinds.items())
    if not any(experiment.tasks[task].paper_setting for task in tasks):
        return f"Data: {described}."
    papers = list(dict.fromkeys(_PAPERS[experiment.captions_images(task)] for task in tasks))
    of_paper = " and ".join(DATA[kind] for kind in papers)
    if set(kinds.values()) <= set(papers):
        return f"Data: {of_paper}, as in the paper."
    return f"Data: {described}; the paper uses {of_paper}, so only the sign of each difference can be compared."
