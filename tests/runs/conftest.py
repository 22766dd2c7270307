"""A finished run without any training."""

import pytest
from fake_results import make_experiment, write_history, write_hypotheses, write_run

from erac_vaml.plan import Plan


@pytest.fixture
def finished_run(tmp_path):
    """The folder of a finished run of MLE."""
    folder = write_run(tmp_path / "results", Plan(make_experiment()).runs["runs/mt/mle/seed1"], 27.5)
    write_history(folder, [20.0, 27.5])
    write_hypotheses(folder, ["a b", "", "c"])
    return folder
