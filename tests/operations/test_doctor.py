"""Doctor finds what stops an experiment, and names the command that fixes it."""

import dataclasses
import gzip
import hashlib
import shlex
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from fake_results import attempt, seal, write_run, write_state
from findings import of_level, only

from erac_vaml.cli import main
from erac_vaml.config import load_experiment
from erac_vaml.config.published import IWSLT14
from erac_vaml.data.prepare_captions import prepare_captions, write_features
from erac_vaml.data.prepare_text import prepare_text
from erac_vaml.files import write_json
from erac_vaml.operations.doctor import data, machine, workflow
from erac_vaml.operations.doctor.data import check_prepared_data, check_raw_files
from erac_vaml.operations.doctor.examination import examine
from erac_vaml.operations.doctor.machine import check_disk
from erac_vaml.operations.doctor.runs import _check_files, check_runs
from erac_vaml.operations.doctor.workflow import check_workflow
from erac_vaml.plan import Plan
from erac_vaml.runs.checkpoint import save_checkpoint
from erac_vaml.runs.hypotheses import compress_hypotheses
from erac_vaml.runs.lock import Lock, claim_results, lock_beside
from erac_vaml.runs.origin import describe_origin

CONFIG, RESULTS = Path("config.yaml"), Path("results/x")
FILES = [CONFIG]
MLE = "runs/mt/mle/seed1"
MINI = {"kind": "mini", "train_pairs": 60, "valid_pairs": 10, "test_pairs": 10, "min_count": 1}


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return written(MINI)


def written(dataset):
    """Write a configuration with one data set; return the experiment."""
    task = {"dataset": "d", "seeds": {"critics": 1, "actors": 1}, "algorithms": ["mle"]}
    CONFIG.write_text(yaml.safe_dump({"name": "x", "datasets": {"d": dataset}, "tasks": {"mt": task}}))
    return load_experiment(CONFIG)


def finish(experiment, **changes):
    """Write a finished run that fits the configuration, except for the changes to its manifest."""
    return write_run(RESULTS, Plan(experiment).runs[MLE], manifest={"data": {"folder": "d", "sha256": {}}} | changes)


def test_a_fault_of_the_configuration_is_all_there_is_to_say(experiment):
    CONFIG.write_text("name: 3\n")
    assert only(examine(FILES, None, 1)).subject == "configuration"


def test_a_sound_experiment_has_no_problem(experiment):
    prepare_text("d", experiment.datasets["d"], RESULTS / "data" / "d")
    finish(experiment)
    assert of_level(examine(FILES, None, 1)) == []


@pytest.mark.parametrize(("state", "status"), [("sound", 0), ("failed", 1)])
def test_the_command_prints_each_line_and_ends_with_1_where_there_is_a_problem(
    experiment, monkeypatch, capsys, state, status
):
    if state == "failed":
        write_state(RESULTS, Plan(experiment).runs[MLE], [attempt("failed", "UserError: out of memory [cuda]")])
    monkeypatch.setattr(sys, "argv", ["erac-vaml", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert int(ended.value.code or 0) == status
    said = capsys.readouterr().out
    assert said.startswith("ok      configuration    config.yaml: experiment 'x', 1 run\n")
    if state == "failed":
        assert "problem runs             runs/mt/mle/seed1 failed: out of memory [cuda]\n" in said
        assert "\n                         tail results/x/logs/runs/mt/mle/seed1.log\n" in said


def files_of_ones_own(folder):
    return {split: [f"{folder}/{split}.de", f"{folder}/{split}.en"] for split in ("train", "valid", "test")}


def test_raw_files_that_are_missing_or_empty_are_named(experiment, tmp_path):
    experiment = written({"kind": "parallel"} | files_of_ones_own("raw"))
    found = only(check_raw_files(experiment, FILES, RESULTS))
    assert "raw/train.de is missing, and 5 more" in found.text
    assert "datasets.d in config.yaml" in found.text
    Path("raw").mkdir()
    for paths in files_of_ones_own("raw").values():
        for path in paths:
            Path(path).write_text("ein satz\n")
    assert only(check_raw_files(experiment, FILES, RESULTS), "ok").text == "6 files can be read"
    Path("raw/train.en").write_text("a sentence\nand one more\n")
    found = only(check_raw_files(experiment, FILES, RESULTS))
    assert "raw/train.de" in found.text
    assert "raw/train.en" in found.text
    Path("raw/test.en").write_text("")
    assert "raw/test.en is empty" in only(check_raw_files(experiment, FILES, RESULTS)).text


def test_raw_files_of_prepared_data_are_needed_no_more(experiment):
    prepare_text("d", experiment.datasets["d"], RESULTS / "data" / "d")
    experiment = written({"kind": "parallel"} | files_of_ones_own("raw"))
    assert "no longer needed" in only(check_raw_files(experiment, FILES, RESULTS), "note").text


def test_a_download_is_announced_with_its_size(experiment):
    found = only(check_raw_files(written({"kind": "iwslt14"}), FILES, RESULTS), "note")
    assert found.text == "will be downloaded: de-en.tgz (20 MB)"


@pytest.mark.parametrize("place", ["own.tgz", RESULTS / "data/d/de-en.tgz"])
def test_whose_an_archive_is_is_told_by_size_and_checksum(experiment, monkeypatch, place):
    content = b"an archive"
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    Path(place).write_bytes(content)
    experiment = written({"kind": "iwslt14", "archive": "own.tgz"} if place == "own.tgz" else {"kind": "iwslt14"})
    told = only(check_raw_files(experiment, FILES, RESULTS), "note").text
    assert told == (
        f"{place} has 10 bytes, the published one 19,982,877; its origin is unknown, "
        f"sha256 {hashlib.sha256(content).hexdigest()}: compare the counts after preparation"
    )
    monkeypatch.setattr(data, "IWSLT14", dataclasses.replace(IWSLT14, size=10))
    told = only(check_raw_files(experiment, FILES, RESULTS), "note").text
    assert (
        f"has md5 {hashlib.md5(content).hexdigest()}, published is {IWSLT14.checksum}; it has the official arch" in told
    )
    known = dataclasses.replace(IWSLT14, size=10, checksum=hashlib.md5(content).hexdigest())
    monkeypatch.setattr(data, "IWSLT14", known)
    _, found = of_level(check_raw_files(experiment, FILES, RESULTS), "ok")
    assert found.text == f"{place} is fairseq's copy of the official archive, by size and checksum"


def test_whose_weights_made_the_features_is_told(experiment):
    experiment = written({"kind": "mini-captions", "train_images": 6, "valid_images": 3, "test_images": 3})
    prepare_captions("d", experiment.datasets["d"], RESULTS / "data/d")
    write_features(experiment.datasets["d"], RESULTS / "data/d", torch.device("cpu"))
    told = only(check_prepared_data(experiment, FILES, RESULTS), "ok").text
    assert told == "complete: 30 / 15 / 15 pairs; features: mini, hand-made version 1"


def test_damaged_data_are_prepared_again(experiment):
    folder = RESULTS / "data" / "d"
    assert only(check_prepared_data(experiment, FILES, RESULTS), "note").text.startswith("not prepared yet")
    prepare_text("d", experiment.datasets["d"], folder)
    assert only(check_prepared_data(experiment, FILES, RESULTS), "ok").text == "complete: 60 / 10 / 10 pairs"
    (folder / "train.npz").write_bytes((folder / "train.npz").read_bytes()[:-100])
    found = only(check_prepared_data(experiment, FILES, RESULTS))
    assert "train.npz: has " in found.text
    assert found.command == "erac-vaml prepare --dataset d --config config.yaml"
    done = subprocess.run([sys.executable, "-m", "erac_vaml.cli", *shlex.split(found.command)[1:]])
    assert done.returncode == 0
    assert only(check_prepared_data(experiment, FILES, RESULTS), "ok")


def test_damaged_data_of_other_results_are_prepared_there(experiment):
    folder = Path("a copy/data/d")
    prepare_text("d", experiment.datasets["d"], folder)
    (folder / "train.npz").write_bytes(b"")
    found = only(check_prepared_data(experiment, FILES, Path("a copy")))
    assert found.command == "erac-vaml prepare --dataset d --config config.yaml --output 'a copy/data/d'"
    subprocess.run([sys.executable, "-m", "erac_vaml.cli", *shlex.split(found.command)[1:]], check=True)
    assert only(check_prepared_data(experiment, FILES, Path("a copy")), "ok")


def test_a_full_disk_is_a_problem(experiment, monkeypatch):
    assert only(check_disk(Plan(experiment), RESULTS, 8), "ok").subject == "disk"
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage(10, 9, 1))
    monkeypatch.setattr(machine.os, "statvfs", lambda path: SimpleNamespace(f_favail=3))
    first, second = of_level(check_disk(Plan(experiment), RESULTS, 8))
    assert first.text.startswith("1 B free, about ")
    assert second.text == "3 files can still be created, about 12 are needed"


def test_workflows_at_work_here_are_named(experiment, monkeypatch):
    assert only(check_workflow(FILES, RESULTS), "ok").text == "none at work"
    monkeypatch.setattr(workflow, "workflows_here", lambda: [17])
    assert only(check_workflow(FILES, RESULTS), "ok").text == "at work: process 17"
    monkeypatch.setattr(workflow, "workflows_here", lambda: [17, 18])
    assert only(check_workflow(FILES, RESULTS), "ok").text == "at work: process 17, process 18"


def test_a_workflow_that_was_killed_is_told_from_one_at_work(experiment):
    claim = "from pathlib import Path; from erac_vaml.runs.lock import claim_results; claim_results(Path('results/x'))"
    killed = subprocess.run([sys.executable, "-c", f"import os; {claim}; os.kill(os.getpid(), 9)"])
    assert killed.returncode == -9
    files = [CONFIG, Path("a file.yaml")]
    found = only(check_workflow(files, RESULTS))
    assert " was killed, unless the folder has been unlocked since:" in found.text
    assert found.command == "snakemake --configfile config.yaml 'a file.yaml' --cores 1 --unlock"
    lock = claim_results(RESULTS)
    assert only(check_workflow(FILES, RESULTS), "ok").text == f"at work: {lock.owner}"
    lock.release()
    assert only(check_workflow(FILES, RESULTS), "ok").text == "none at work"


def test_a_workflow_of_another_machine_may_be_at_work(experiment):
    folder = lock_beside(RESULTS / "workflow")
    folder.mkdir(parents=True)
    owner = {"host": "elsewhere", "system": "another boot", "process": 7, "started": 1.0, "released": False}
    write_json(folder / "1", owner)
    assert "process 7 on elsewhere is at work or was killed; if it was" in only(check_workflow(FILES, RESULTS)).text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["/venv/bin/python", "/venv/bin/snakemake", "--cores", "2"], True),
        (["python", "-m", "snakemake", "--cores", "2"], True),
        (["python", "-m", "snakemake", "--mode", "subprocess", "--cores", "2"], False),
        (["vim", "Snakefile"], False),
        ([], False),
    ],
)
def test_a_workflow_is_told_from_its_jobs_and_from_other_programs(words, expected):
    assert workflow._is_workflow(words) == expected


def test_processes_of_other_folders_are_not_this_one_s(experiment):
    assert workflow.workflows_here() == []


def runs(experiment):
    return list(check_runs(Plan(experiment), FILES, RESULTS))


def test_killed_and_diverged_runs_are_notes(experiment):
    write_state(RESULTS, Plan(experiment).runs[MLE], [attempt()], "2026-01-01T11:00:00+00:00")
    assert "1 run killed: runs/mt/mle/seed1" in only(runs(experiment), "note").text
    write_run(RESULTS, Plan(experiment).runs[MLE], status="diverged")
    assert "1 diverged of 1" in of_level(runs(experiment), "note")[0].text


def test_damaged_scores_are_deleted_with_their_run(experiment):
    folder = finish(experiment)
    (folder / "scores.json").write_text("{")
    found = of_level(runs(experiment))[0]
    assert found.command == f"rm -r {folder}"
    assert f"{folder}/scores.json: has 1 bytes" in found.text


def test_outdated_runs_are_set_aside(experiment):
    finish(experiment, settings={})
    found = only(runs(experiment))
    assert "1 run outdated" in found.text
    assert found.command == "erac-vaml plan --yes --config config.yaml"
    RESULTS.rename("a copy")
    found = only(check_runs(Plan(experiment), FILES, Path("a copy")))
    assert found.command == "erac-vaml plan --yes --config config.yaml --results 'a copy'"


def test_what_runs_left_behind_can_be_deleted(experiment):
    (RESULTS / MLE).mkdir(parents=True)
    (RESULTS / MLE / "history.csv").write_text("")
    (RESULTS / "state/mt/raml/seed1").mkdir(parents=True)
    found = of_level(runs(experiment), "note")
    commands = [finding.command for finding in found]
    assert commands == ["rm -r results/x/runs/mt/mle/seed1", "rm -r results/x/state/mt/raml/seed1"]
    assert found[0].text.endswith("the workflow will train it anyway")


def test_a_run_that_is_not_planned_will_not_be_trained(experiment):
    (RESULTS / "runs/mt/raml/seed1").mkdir(parents=True)
    (RESULTS / "runs/mt/raml/seed1/history.csv").write_text("")
    assert only(runs(experiment), "note").text.endswith("its run has not ended; the experiment does not plan it")


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: b"", lambda data: bytes(len(data)), lambda data: data + b"0"]
)
def test_damaged_models_are_found(experiment, damage):
    folder = finish(experiment)
    assert of_level(runs(experiment)) == []
    (folder / "model.safetensors").write_bytes(damage((folder / "model.safetensors").read_bytes()))
    found = of_level(runs(experiment))[0]
    assert found.command == f"rm -r {folder}"
    assert "model.safetensors: " in found.text
    (folder / "model.safetensors").unlink()
    assert "is missing" in of_level(runs(experiment))[0].text


def test_a_recorded_run_without_its_model_is_not_damaged(experiment):
    folder = finish(experiment)
    (folder / "hypotheses.txt").write_text("ein satz\n")
    compress_hypotheses(seal(folder), folder)
    for name in ("hypotheses.txt", "model.safetensors"):
        (folder / name).unlink()
    assert only(_check_files([MLE], RESULTS), "ok").text == "the files of 1 finished run are unchanged"
    (folder / "hypotheses.txt.gz").write_bytes(gzip.compress(b"another\n"))
    found = only(_check_files([MLE], RESULTS))
    assert found.text.endswith("its content is not that of the run; restore the recorded file")
    assert found.command is None


def test_files_of_another_user_are_no_damage(experiment, monkeypatch):
    folder = finish(experiment)

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("erac_vaml.files.sha256", refuse)
    found = only(runs(experiment))
    assert found.text.startswith(f"{folder}/")
    assert "cannot be read (Permission denied)" in found.text
    assert found.command is None


def test_another_experiment_s_bad_configuration_is_named_and_is_no_problem_of_this_one(experiment, capsys):
    bad = RESULTS.parent / "other" / "config.yaml"
    bad.parent.mkdir(parents=True)
    bad.write_text("name: [")
    assert of_level(examine(FILES, None, 1)) == []
    assert "warning: results/other/config.yaml: not used for the estimate" in capsys.readouterr().err


def test_the_lock_of_a_run_is_no_leftover(experiment):
    lock = Lock(lock_beside(RESULTS / Plan(experiment).runs[MLE].state_path))
    assert lock.try_acquire()
    lock.release()
    assert of_level(runs(experiment), "note") == []


@pytest.fixture
def checkpoint(experiment):
    """A function that writes a checkpoint with the identity of its run, except for some changes."""
    prepare_text("d", experiment.datasets["d"], RESULTS / "data" / "d")
    run = Plan(experiment).runs[MLE]
    write_state(RESULTS, run, [attempt("signal", "x")])
    identity = describe_origin(run, RESULTS, RESULTS / "data" / "d").identity

    def write(**changes):
        save_checkpoint(RESULTS / run.state_path, identity | changes, {"weight": torch.ones(3)}, {"seconds": 1.0})
        return sorted((RESULTS / run.state_path).glob("checkpoint-*"))[-1]

    return write


def test_a_damaged_checkpoint_is_a_note_while_another_one_is_whole(experiment, checkpoint):
    checkpoint()
    newest = checkpoint()
    assert "2 checked" in of_level(runs(experiment), "ok")[-1].text
    assert of_level(runs(experiment)) == of_level(runs(experiment), "note") == []
    newest.write_bytes(newest.read_bytes()[:-1])
    found = only(runs(experiment), "note")
    assert "damaged, its SHA-256 is not the one in its name" in found.text
    assert found.command == f"rm {newest}"


def test_a_stopped_run_of_another_configuration_is_one_problem(experiment, checkpoint):
    checkpoint(seed=7)
    found = only(runs(experiment))
    assert found.text == "1 run outdated: runs/mt/mle/seed1: its seed was 7, is 1"
    assert found.command == "erac-vaml plan --yes --config config.yaml"


def test_nothing_is_changed(experiment, checkpoint):
    finish(experiment)
    checkpoint()

    def content():
        return {path: path.stat().st_mtime_ns for path in Path().rglob("*")}

    before = content()
    list(examine(FILES, None, 1))
    assert content() == before
