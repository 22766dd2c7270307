"""The command line: steps on files. test_bad_input.py tests bad input."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest
import yaml
from fake_results import seal
from small_experiment import STAGES, call

CONFIG = {
    "name": "tiny",
    "datasets": {"mini": {"kind": "mini", "train_pairs": 60, "valid_pairs": 10, "test_pairs": 10, "min_count": 1}},
    "defaults": {
        "network": {"units": 8, "embedding": 8},
        "evaluation": {"max_length": 12, "beam_size": 2},
        "actor_critic": {"max_length": 12},
        **{stage: {"max_epochs": 1, "batch_size": 20} for stage in STAGES},
    },
    "tasks": {"mt": {"dataset": "mini", "seeds": {"critics": 1, "actors": 1}}},
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return tmp_path


@pytest.fixture
def run(here, monkeypatch):
    """A function that runs the command line in a folder with the experiment; it returns the exit status."""
    return lambda command: call(command, monkeypatch)


@pytest.fixture
def prepared(run):
    """The same, with prepared data."""
    assert run("prepare --dataset mini") == 0
    return run


CHAIN = [
    "runs/mt/mle/seed1",
    "runs/mt/raml/seed1",
    "runs/mt/q-network/critic1",
    "runs/mt/vaml/critic1-actor1",
    "runs/mt/critic/critic1",
    "runs/mt/erac/critic1-actor1",
]


def test_the_chain_of_stages_runs_without_the_workflow(here, prepared):
    for path in CHAIN:
        assert prepared(f"train --run {path} --device cpu") == 0
        folder = here / "results" / "tiny" / path
        scores = json.loads((folder / "scores.json").read_text())
        assert scores["status"] == "finished"
        assert {path.name for path in folder.iterdir()} == {
            "scores.json",
            "history.csv",
            "hypotheses.txt",
            "manifest.json",
            "model.safetensors",
        }
        is_actor = "critic1-" in path or "seed" in path
        assert (scores["test_bleu"] is not None) == is_actor
        assert len((folder / "hypotheses.txt").read_text().splitlines()) == (10 if is_actor else 0)
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["seed"] == 1
        assert manifest["settings"]["network.units"] == 8


def test_a_child_of_a_diverged_run_is_recorded_as_diverged_and_not_trained(here, prepared):
    prepared("train --run runs/mt/q-network/critic1 --device cpu")
    path = here / "results/tiny/runs/mt/q-network/critic1/scores.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "diverged"}))
    seal(path.parent)
    assert prepared("train --run runs/mt/vaml/critic1-actor1 --device cpu") == 0
    scores = json.loads((here / "results/tiny/runs/mt/vaml/critic1-actor1/scores.json").read_text())
    assert (scores["status"], scores["steps"]) == ("diverged", 0)
    assert "q-network" in scores["diverged"]["reason"]


def test_a_learning_rate_beyond_reason_ends_as_a_diverged_result(here, prepared):
    settings = yaml.safe_load((here / "config.yaml").read_text())
    settings["defaults"]["mle"] |= {"learning_rate": 1000.0, "gradient_clip": 1.0e9}
    (here / "config.yaml").write_text(yaml.safe_dump(settings))
    assert prepared("train --run runs/mt/mle/seed1 --device cpu") == 0
    scores = json.loads((here / "results/tiny/runs/mt/mle/seed1/scores.json").read_text())
    assert scores["status"] == "diverged"
    assert scores["diverged"]["reason"] == "valid_perplexity is inf"
    assert scores["valid_perplexity"] is None


def test_a_text_is_translated_line_by_line(here, prepared, capsys):
    prepared("train --run runs/mt/mle/seed1 --device cpu")
    (here / "text.txt").write_text("der mann sieht den hund .\ndie frau ruft den freund an .\n")
    capsys.readouterr()
    assert prepared("translate --run runs/mt/mle/seed1 --source text.txt") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_every_run_is_named_by_the_plan(run, capsys):
    assert run("plan --runs") == 0
    assert set(CHAIN) <= set(capsys.readouterr().out.split())


def test_the_version_is_printed(run, capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out == f"erac-vaml {version('erac-vaml')}\n"


def test_the_help_names_every_step():
    command = [sys.executable, "-m", "erac_vaml.cli", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    steps = "plan status doctor prepare train export translate caption score bundle verify collect table figure"
    steps += " verdict report summarise record schema"
    assert [step for step in steps.split() if f" {step} " not in shown] == []
