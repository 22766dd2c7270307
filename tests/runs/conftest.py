"""A finished run, and the bundles of two, without any training."""

import pytest
from bundles import make_captioned, make_translated
from fake_results import make_experiment, write_history, write_hypotheses, write_run

from erac_vaml.plan import Plan


@pytest.fixture
def finished_run(tmp_path):
    """The folder of a finished run of MLE."""
    folder = write_run(tmp_path / "results", Plan(make_experiment()).runs["runs/mt/mle/seed1"], 27.5)
    write_history(folder, [20.0, 27.5])
    write_hypotheses(folder, ["a b", "", "c"])
    return folder


@pytest.fixture
def translated(tmp_path):
    """A bundle of translations."""
    return make_translated(tmp_path)


@pytest.fixture
def captioned(tmp_path):
    """A bundle of captions."""
    return make_captioned(tmp_path)


@pytest.fixture(params=["translated", "captioned"])
def made(request):
    """A bundle of each kind."""
    return request.getfixturevalue(request.param)
