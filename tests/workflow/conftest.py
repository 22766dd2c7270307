"""A finished experiment that nobody had to train."""

import shutil

import pytest
from calls import snakemake


@pytest.fixture(scope="session")
def made_up(tmp_path_factory):
    """A folder that Snakemake takes for a finished experiment: every file exists and is recorded. Do not change it."""
    directory = tmp_path_factory.mktemp("made-up")
    for line in snakemake(directory, "--summary").stdout.splitlines()[1:]:
        path = directory / line.split("\t")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"status": "finished"}' if path.name == "scores.json" else "")
    done = snakemake(directory, "--touch", "--forceall")
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.fixture
def finished(made_up, tmp_path):
    """A copy of the made-up experiment, which a test may change."""
    return shutil.copytree(made_up, tmp_path / "copy")
