"""Completion of names in a shell, as the script of `erac-vaml --show-completion bash` asks for it."""

import pytest
import yaml
from small_experiment import CONFIGURATION, call


@pytest.fixture
def complete(tmp_path, monkeypatch, capsys):
    """A function that returns what the shell shows for the words of a command line; the last one is not whole."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIGURATION))
    other = CONFIGURATION | {"name": "other", "tasks": {"other": {"dataset": "text", "algorithms": ["mle"]}}}
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(other | {"ablations": {}}))

    def shown(*words):
        monkeypatch.setenv("_ERAC_VAML_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", " ".join(["erac-vaml", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        assert call("", monkeypatch) == 0
        return capsys.readouterr().out.split()

    return shown


@pytest.mark.parametrize("before", ["", "runs/", "results/small/runs/"])
@pytest.mark.parametrize("command", [["train", "--run"], ["export"], ["curves", "captioning/mle/seed1"]])
def test_runs_are_completed_in_the_form_in_which_they_are_begun(complete, command, before):
    found = complete(*command, f"{before}mt/erac")
    assert f"{before}mt/erac/critic1-actor1" in found
    assert all(name.startswith(f"{before}mt/erac") for name in found)


def test_the_configuration_of_the_command_line_counts(complete):
    assert complete("bundle", "--config", "other.yaml", "o") == ["other/mle/seed1"]
    assert complete("bundle", "--config", "other.yaml", "--results", "x", "x/") == ["x/runs/other/mle/seed1"]


def test_data_sets_are_completed(complete):
    assert complete("prepare", "--dataset", "a") == ["absent", "annotated"]


def test_without_a_sound_configuration_nothing_is_completed(complete):
    assert complete("prepare", "--config", "none.yaml", "--dataset", "a") == []
    assert complete("export", "--config", "none.yaml", "mt") == []
