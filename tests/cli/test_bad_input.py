"""A fault in the input is reported in one line that names it, and no file is changed."""

import shutil
from pathlib import Path

import pytest
from bad_calls import CALLS
from bad_configurations import CONFIGURATIONS
from bad_data import DATA
from bad_models import MODELS
from bad_runs import RUNS
from small_experiment import call, files, make_experiment
from spoil import Spoil, nothing

CASES = [
    pytest.param(command, spoil, words, id=f"{command.partition(' --device')[0]}: {name}")
    for table in (CONFIGURATIONS, DATA, RUNS, MODELS)
    for command, faults in table.items()
    for name, (spoil, *words) in faults.items()
] + [pytest.param(command, nothing, words, id=command or "nothing") for command, words in CALLS.items()]


@pytest.fixture(scope="module")
def experiment(tmp_path_factory) -> Path:
    """A folder with the experiment, which no test may change."""
    folder = tmp_path_factory.mktemp("experiment")
    make_experiment(folder)
    return folder


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("command", "spoil", "words"), CASES)
def test_a_fault_is_told_in_one_line_and_nothing_is_touched(
    experiment: Path, tmp_path: Path, monkeypatch, capsys, command: str, spoil: Spoil, words: list[str]
) -> None:
    here = shutil.copytree(experiment, tmp_path / "here")
    monkeypatch.chdir(here)
    spoil(here)
    before = files(here)
    status = call(command, monkeypatch)
    said = capsys.readouterr().err
    assert said.startswith("erac-vaml: ")
    assert said.count("\n") == 1
    assert [word for word in words if word not in said] == [], said
    assert status == 2
    assert files(here) == before
