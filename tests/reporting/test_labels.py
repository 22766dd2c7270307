"""Every algorithm has a stage, a label, a colour and a marker."""

from typing import get_args

import pytest

from erac_vaml.config.experiment import Algorithm
from erac_vaml.plan.stages import ALGORITHM_STAGE
from erac_vaml.reporting.figures.style import COLOURS, MARKERS
from erac_vaml.reporting.labels import ALGORITHMS


@pytest.mark.parametrize("named", [ALGORITHM_STAGE, ALGORITHMS, COLOURS, MARKERS])
def test_an_algorithm_has_one(named):
    assert set(named) == set(get_args(Algorithm))
