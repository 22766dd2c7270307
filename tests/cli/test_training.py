"""The command `train`: finished runs, unknown files in its folders, and names of runs."""

import json
import math
import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from small_experiment import call, files

from erac_vaml.config import load_experiment
from erac_vaml.plan import Plan

MLE, Q_NETWORK = "runs/mt/mle/seed1", "runs/mt/q-network/critic1"
CONFIG = {
    "name": "tiny",
    "datasets": {"mini": {"kind": "mini", "train_pairs": 60, "valid_pairs": 10, "test_pairs": 10, "min_count": 1}},
    "defaults": {
        "network": {"units": 8, "embedding": 8},
        "evaluation": {"max_length": 12, "beam_size": 2},
        **{stage: {"max_epochs": 1, "batch_size": 20} for stage in ("mle", "q_network", "vaml")},
    },
    "tasks": {"mt": {"dataset": "mini", "seeds": {"critics": 1, "actors": 1}, "algorithms": ["mle", "vaml"]}},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with prepared data and a finished run of MLE."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        assert call("prepare --dataset mini", patched) == 0
        assert call(f"train --run {MLE} --device cpu", patched) == 0
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    copy = shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def run(here, monkeypatch):
    """A function that runs the command line there; it returns the exit status."""
    return lambda command: call(command, monkeypatch)


def test_a_finished_run_says_so_and_stays_as_it_is(here, run, capsys):
    before = files(here)
    capsys.readouterr()
    assert run(f"train --run {MLE} --device cpu") == 0
    assert f"{MLE}: finished already, nothing to do" in capsys.readouterr().out
    assert files(here) == before


def test_greedy_search_scores_as_a_beam_of_one_and_the_length_is_that_of_the_hypotheses(here, run):
    settings = yaml.safe_load((here / "config.yaml").read_text())
    settings["defaults"]["evaluation"]["beam_size"] = 1
    (here / "config.yaml").write_text(yaml.safe_dump(settings))
    wide = json.loads((here / "results/tiny" / MLE / "scores.json").read_text())
    assert run(f"train --run {MLE} --device cpu --force") == 0
    scores = json.loads((here / "results/tiny" / MLE / "scores.json").read_text())
    assert scores["test_greedy_bleu"] == scores["test_bleu"] == wide["test_greedy_bleu"]
    assert scores["test_sampled_bleu"] == wide["test_sampled_bleu"]
    said = (here / "results/tiny" / MLE / "hypotheses.txt").read_text().split()
    wanted = (here / "results/tiny/data/mini/test.target.txt").read_text().split()
    assert scores["test_length_ratio"] == pytest.approx(len(said) / len(wanted))


def test_a_finished_run_is_trained_again_by_force(here, run):
    settings = yaml.safe_load((here / "config.yaml").read_text())
    settings["defaults"]["mle"]["learning_rate"] = 0.3
    (here / "config.yaml").write_text(yaml.safe_dump(settings))
    before = files(here)
    assert run(f"train --run {MLE} --device cpu") == 2
    assert files(here) == before
    assert run(f"train --run {MLE} --device cpu --force") == 0
    assert '"mle.learning_rate": 0.3' in (here / "results/tiny" / MLE / "manifest.json").read_text()
    assert run(f"train --run {MLE} --device cpu") == 0


def test_a_run_whose_perplexity_is_not_finite_has_diverged_after_its_last_epoch(here, run, monkeypatch):
    settings = yaml.safe_load((here / "config.yaml").read_text())
    settings["defaults"]["mle"]["max_epochs"] = 3
    (here / "config.yaml").write_text(yaml.safe_dump(settings))
    measures = iter([{"valid_bleu": 3.0}, {"valid_bleu": 2.0}, {"valid_bleu": 1.0}])
    monkeypatch.setattr("erac_vaml.training.stages.mle.MleStage.validate", lambda _: next(measures))
    monkeypatch.setattr("erac_vaml.runs.train.perplexity", lambda *_: math.inf)
    assert run(f"train --run {MLE} --device cpu --force") == 0
    scores = json.loads((here / "results/tiny" / MLE / "scores.json").read_text())
    assert scores["diverged"] == {"epoch": 3, "step": 9, "reason": "test_perplexity is inf"}
    assert (scores["status"], scores["best_epoch"], scores["epochs"], scores["steps"]) == ("diverged", 1, 3, 9)


def test_a_finished_run_whose_data_were_deleted_is_as_finished_as_before(here, run):
    shutil.rmtree(here / "results/tiny/data")
    assert run(f"train --run {MLE} --device cpu") == 0


@pytest.mark.parametrize("name", [MLE, "mt/mle/seed1", f"results/tiny/{MLE}", f"results/tiny/{MLE}/", f"./{MLE}"])
def test_a_run_is_found_by_each_of_its_names(run, name):
    assert run(f"train --run {name} --device cpu") == 0
    assert run(f"train --run {Path(name).absolute()} --device cpu") == (0 if "results" in name else 2)


def test_the_path_of_a_run_names_its_experiment(here, run, capsys):
    (here / "config.yaml").rename(here / "results/tiny/config.yaml")
    (here / "results/tiny").rename(here / "results/recorded")
    path = f"results/recorded/{MLE}"
    for name in (path, here / path):
        assert run(f"train --run {name} --device cpu") == 0
    assert run(f"bundle {path} --output bundle.zip") == 0
    assert run(f"curves {path}") == 0
    assert run(f"train --run {path} --config results/recorded/config.yaml") == 2
    assert f"{path}: is not in results/tiny, the results of experiment 'tiny'" in capsys.readouterr().err
    assert run(f"train --run {path} --results results/recorded --device cpu") == 0


@pytest.mark.parametrize(
    "name", ["mle/seed1", "mt/mle/seed2", f"results/other/{MLE}", f"state/{MLE}", "state/mt/mle/seed1"]
)
def test_names_of_no_planned_run_are_refused(run, name):
    assert run(f"train --run {name} --device cpu") == 2


def test_the_settings_that_were_planned_are_taken_and_edited_ones_refused(here, run, capsys):
    planned = Plan(load_experiment("config.yaml")).runs[Q_NETWORK].digest
    dataset = load_experiment("config.yaml").datasets["mini"].digest
    settings = yaml.safe_load((here / "config.yaml").read_text())
    settings["defaults"]["q_network"]["learning_rate"] = 0.3
    settings["datasets"]["mini"]["seed"] = 3
    (here / "edited.yaml").write_text(yaml.safe_dump(settings))
    capsys.readouterr()
    assert run(f"train --run {Q_NETWORK} --config edited.yaml --settings {planned} --device cpu") == 2
    assert f"{Q_NETWORK}: was planned with settings {planned}, the configuration has " in capsys.readouterr().err
    assert run(f"prepare --dataset mini --config edited.yaml --settings {dataset}") == 2
    assert "datasets.mini: was planned with settings" in capsys.readouterr().err
    assert not (here / "results/tiny" / Q_NETWORK).exists()
    assert run(f"prepare --dataset mini --settings {dataset}") == 0
    assert run(f"train --run {Q_NETWORK} --settings {planned} --device cpu") == 0


@pytest.mark.parametrize("change", [{"seed": 2}, {"dataset": "other"}, {"name": "seed2"}])
def test_a_digest_names_all_that_is_planned_of_a_run(made, change):
    planned = Plan(load_experiment(made / "config.yaml")).runs[MLE]
    assert replace(planned, **change).digest != planned.digest == replace(planned).digest


STRANGERS = (".DS_Store", ".nfs000000000000", "notes.txt")


def test_strangers_change_neither_identity_nor_end_of_a_run(here, run):
    results = here / "results/tiny"
    assert run(f"train --run {Q_NETWORK} --device cpu --time-limit 2.00001") == 75
    for folder in (results / "data/mini", results / MLE, results / Q_NETWORK, results / "state/mt/q-network/critic1"):
        (folder / ".ipynb_checkpoints").mkdir(parents=True)
        for name in STRANGERS:
            (folder / name).write_text("x")
    assert run(f"train --run {Q_NETWORK} --device cpu --keep-files") == 0
    kept = results / "state/mt/q-network/critic1/finished"
    assert not {path.name for path in kept.iterdir()} & {*STRANGERS, ".ipynb_checkpoints"}
    assert run(f"train --run {MLE} --device cpu") == 0
    assert run("train --run runs/mt/vaml/critic1-actor1 --device cpu") == 0
    assert run("plan") == 0
    assert run("collect") == 0


def test_every_file_has_the_mode_of_the_umask(here, run):
    shutil.rmtree(here / "results")
    before = os.umask(0o027)
    try:
        assert run("prepare --dataset mini") == 0
        assert run(f"train --run {MLE} --device cpu") == 0
        assert run("collect") == 0
    finally:
        os.umask(before)
    written = [path for path in (here / "results").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o640}
    assert len(written) > 12
