"""Trained models and their exports."""

import pytest
from small_experiment import call
from small_models import CONFIGURATION, make_models


@pytest.fixture(scope="package")
def trained(tmp_path_factory):
    """A folder with an experiment whose runs have finished; no test may change it."""
    folder = tmp_path_factory.mktemp("trained")
    make_models(folder)
    return folder


@pytest.fixture(scope="package")
def exported(trained):
    """The folder with an exported model for each task."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(trained)
        for task in CONFIGURATION["tasks"]:
            assert call(f"export {task}/mle/seed1 --output exported/{task}", patched) == 0
    return trained / "exported"
