"""The command line: steps on files, and faults in one line with exit status 2."""

import json
import subprocess
import sys

import pytest
import yaml

from erac_vaml.cli import main

CONFIG = {
    "name": "tiny",
    "datasets": {"mini": {"kind": "mini", "train_pairs": 60, "valid_pairs": 10, "test_pairs": 10, "min_count": 1}},
    "defaults": {
        "network": {"units": 8, "embedding": 8},
        "evaluation": {"max_length": 12, "beam_size": 2},
        "actor_critic": {"max_length": 12},
        **{
            stage: {"max_epochs": 1, "batch_size": 20}
            for stage in ("mle", "raml", "q_network", "vaml", "critic", "joint")
        },
    },
    "tasks": {"mt": {"dataset": "mini", "seeds": {"critics": 1, "actors": 1}}},
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return tmp_path


def call(monkeypatch, capsys, *arguments):
    """Run the command line; return its exit status and what it said on standard error."""
    monkeypatch.setattr(sys, "argv", ["erac-vaml", *arguments])
    status = 0
    try:
        main()
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, capsys.readouterr().err


def train(monkeypatch, capsys, run):
    return call(monkeypatch, capsys, "train", "--run", run, "--device", "cpu")


CHAIN = [
    "runs/mt/mle/seed1",
    "runs/mt/raml/seed1",
    "runs/mt/q-network/critic1",
    "runs/mt/vaml/critic1-actor1",
    "runs/mt/critic/critic1",
    "runs/mt/erac/critic1-actor1",
]


def test_the_chain_of_stages_runs_without_the_workflow(here, monkeypatch, capsys):
    assert call(monkeypatch, capsys, "prepare", "--dataset", "mini")[0] == 0
    for run in CHAIN:
        status, said = train(monkeypatch, capsys, run)
        assert status == 0, said
        folder = here / "results" / "tiny" / run
        scores = json.loads((folder / "scores.json").read_text())
        assert scores["status"] == "finished"
        assert {path.name for path in folder.iterdir()} == {
            "scores.json",
            "history.csv",
            "hypotheses.txt",
            "manifest.json",
            "model.safetensors",
        }
        is_actor = "critic1-" in run or "seed" in run
        assert (scores["test_bleu"] is not None) == is_actor
        assert len((folder / "hypotheses.txt").read_text().splitlines()) == (10 if is_actor else 0)
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["seed"] == 1
        assert manifest["settings"]["network.units"] == 8


def test_a_child_of_a_diverged_run_is_recorded_as_diverged_and_not_trained(here, monkeypatch, capsys):
    call(monkeypatch, capsys, "prepare", "--dataset", "mini")
    train(monkeypatch, capsys, "runs/mt/q-network/critic1")
    path = here / "results/tiny/runs/mt/q-network/critic1/scores.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "diverged"}))
    assert train(monkeypatch, capsys, "runs/mt/vaml/critic1-actor1")[0] == 0
    scores = json.loads((here / "results/tiny/runs/mt/vaml/critic1-actor1/scores.json").read_text())
    assert (scores["status"], scores["steps"]) == ("diverged", 0)
    assert "q-network" in scores["diverged"]["reason"]


def test_a_learning_rate_beyond_reason_ends_as_a_diverged_result(here, monkeypatch, capsys):
    settings = yaml.safe_load((here / "config.yaml").read_text())
    settings["defaults"]["mle"] |= {"learning_rate": 1.0e38, "gradient_clip": 1.0e38}
    (here / "config.yaml").write_text(yaml.safe_dump(settings))
    call(monkeypatch, capsys, "prepare", "--dataset", "mini")
    assert train(monkeypatch, capsys, "runs/mt/mle/seed1")[0] == 0
    scores = json.loads((here / "results/tiny/runs/mt/mle/seed1/scores.json").read_text())
    assert scores["status"] == "diverged"
    assert scores["diverged"]["reason"].startswith("the loss is")


def test_a_text_is_translated_line_by_line(here, monkeypatch, capsys):
    call(monkeypatch, capsys, "prepare", "--dataset", "mini")
    train(monkeypatch, capsys, "runs/mt/mle/seed1")
    (here / "text.txt").write_text("der mann sieht den hund .\ndie frau ruft den freund an .\n")
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["erac-vaml", "translate", "--run", "runs/mt/mle/seed1", "--source", "text.txt"])
    with pytest.raises(SystemExit):
        main()
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--run", "runs/mt/mle/seed1"], "prepare the data set first"),
        (["train", "--run", "runs/mt/mle/seed9"], "plans no such run"),
        (["train", "--run", "runs/mt/mle/seed1", "--config", "none.yaml"], "no such configuration file"),
        (["train", "--run", "runs/mt/mle/seed1", "--device", "abacus"], "no such device"),
        (["train", "--run", "runs/mt/mle/seed1", "--device", "meta"], "CUDA devices"),
        (["train", "--run", "runs/mt/mle/seed1", "--results", "config.yaml"], "config.yaml"),
        (["prepare", "--dataset", "mini", "--output", "config.yaml"], "config.yaml"),
        (["plan", "--config", "."], "directory"),
        (["prepare", "--dataset", "maxi"], "no such data set"),
        (["table"], "--number 1"),
        (["table", "--ablation", "none"], "no such grid"),
        (["figure", "--name", "figure9"], "no such figure"),
        (["score", "--hypotheses", "none.txt", "--references", "none.txt"], "none.txt"),
    ],
)
def test_a_fault_ends_in_one_line_with_exit_status_2(here, monkeypatch, capsys, arguments, said):
    status, message = call(monkeypatch, capsys, *arguments)
    assert status == 2
    assert said in message
    assert message.count("\n") == 1


def test_a_missing_parent_is_told(here, monkeypatch, capsys):
    call(monkeypatch, capsys, "prepare", "--dataset", "mini")
    status, message = train(monkeypatch, capsys, "runs/mt/vaml/critic1-actor1")
    assert (status, "train the run that writes it first" in message) == (2, True)
    assert not (here / "results/tiny/runs/mt/vaml").exists()


def test_a_parent_trained_with_other_settings_is_refused(here, monkeypatch, capsys):
    call(monkeypatch, capsys, "prepare", "--dataset", "mini")
    train(monkeypatch, capsys, "runs/mt/mle/seed1")
    settings = yaml.safe_load((here / "config.yaml").read_text())
    settings["defaults"]["mle"] |= {"learning_rate": 0.3}
    (here / "config.yaml").write_text(yaml.safe_dump(settings))
    status, message = train(monkeypatch, capsys, "runs/mt/critic/critic1")
    assert (status, "mle.learning_rate = 0.6" in message, "0.3" in message) == (2, True, True)


def test_every_run_is_named_by_the_plan(here, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["erac-vaml", "plan", "--runs"])
    with pytest.raises(SystemExit):
        main()
    assert set(CHAIN) <= set(capsys.readouterr().out.split())


def test_the_help_names_every_step():
    shown = subprocess.run(
        [sys.executable, "-m", "erac_vaml.cli", "--help"], capture_output=True, text=True, check=True
    )
    for step in (
        "plan",
        "status",
        "doctor",
        "prepare",
        "train",
        "translate",
        "score",
        "collect",
        "table",
        "figure",
        "report",
        "schema",
    ):
        assert f" {step} " in shown.stdout
