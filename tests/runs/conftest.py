"""A finished run without any training."""

import pytest
from fake_results import make_experiment, write_history, write_hypotheses, write_run

from erac_vaml.plan import plan_runs


@pytest.fixture
def finished_run(tmp_path):
    """The folder of a finished run of MLE."""
    folder = write_run(tmp_path / "results", plan_runs(make_experiment())["runs/mt/mle/seed1"], 27.5)
    write_history(folder, [20.0, 27.5])
    write_hypotheses(folder, ["a b", "", "c"])
    return folder
