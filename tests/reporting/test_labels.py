"""Every algorithm has a stage, a label, a colour and a marker; every task has a heading of its own."""

from typing import get_args

import pytest
from fake_results import make_experiment

from erac_vaml.config.experiment import Algorithm
from erac_vaml.plan.stages import ALGORITHM_STAGE
from erac_vaml.reporting.figures.style import COLOURS, MARKERS
from erac_vaml.reporting.labels import ALGORITHMS, task_label


@pytest.mark.parametrize("named", [ALGORITHM_STAGE, ALGORITHMS, COLOURS, MARKERS])
def test_an_algorithm_has_one(named):
    assert set(named) == set(get_args(Algorithm))


@pytest.mark.parametrize(
    ("labels", "headings"),
    [
        ({"mt": "", "b": "MT"}, ["mt", "MT"]),
        ({"mt": "MT", "b": "MT", "c": ""}, ["MT [mt]", "MT [b]", "c"]),
        ({"mt": "", "b": "mt"}, ["mt [mt]", "mt [b]"]),
    ],
)
def test_a_task_s_heading_is_its_own(labels, headings):
    experiment = make_experiment({name: {"label": label} for name, label in labels.items()})
    assert [task_label(experiment, task) for task in experiment.tasks] == headings
