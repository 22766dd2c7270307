"""Runs that are killed or stopped, or whose checkpoints are damaged, end like runs without interruption."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import pytest
import torch
from processes import wait_until
from steps import after_each_step, end_time, wait_to_be_stopped

from erac_vaml.config import validate_experiment
from erac_vaml.data.prepare_text import prepare_text
from erac_vaml.errors import UserError
from erac_vaml.plan import Plan
from erac_vaml.runs.attempts import read_attempts
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.origin import code_version
from erac_vaml.runs.progress import read_progress
from erac_vaml.runs.stopped import checkpoints
from erac_vaml.runs.stopping import EXIT_STATUS, StoppedError, Stopping
from erac_vaml.runs.train import train_run
from erac_vaml.training.stages.vaml import VamlStage

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
ACTOR, CRITIC, Q_NETWORK = "runs/mt/mle/seed1", "runs/mt/critic/critic1", "runs/mt/q-network/critic1"
CONTROL = "runs/mt/mle-continued/seed1"
RAML, ERAC, VAML = "runs/mt/raml/seed1", "runs/mt/erac/critic1-actor1", "runs/mt/vaml/critic1-actor1"
SAME = ("scores.json", "history.csv", "hypotheses.txt", "model.safetensors")
"""Files that must be the same whether or not a run was stopped."""

# Children that start in no time, with all that a run needs already imported.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["erac_vaml.runs.train"])

CONFIGURATION = {
    "name": "resuming",
    "datasets": {"mini": {"kind": "mini", "train_pairs": 400, "valid_pairs": 20, "test_pairs": 20}},
    "defaults": {
        "network": {"units": 24, "embedding": 24},
        "evaluation": {"max_length": 20, "beam_size": 2},
        "actor_critic": {"max_length": 20},
        "mle": {"max_epochs": 2, "batch_size": 20, "optimizer": "adam", "learning_rate": 0.01},
        "raml": {"max_epochs": 1, "batch_size": 20, "samples": 2},
        "q_network": {"max_epochs": 1, "batch_size": 20, "samples": 2},
        "vaml": {"max_epochs": 5, "batch_size": 20, "samples": 2, "optimizer": "adam", "learning_rate": 0.01},
        "critic": {"max_epochs": 1, "batch_size": 20},
        "joint": {"max_epochs": 5, "batch_size": 20},
        "seeds": {"critics": 1, "actors": 1},
    },
    "tasks": {"mt": {"dataset": "mini", "algorithms": ["mle", "mle-continued", "raml", "vaml", "erac"]}},
    "execution": {"checkpoint_minutes": 1e-6},
}
EXPERIMENT = validate_experiment(CONFIGURATION)


def train(results, path, limit_minutes=None, keep_files=False):
    torch.set_num_threads(1)
    return train_run(EXPERIMENT, Plan(EXPERIMENT).run(path), results, CPU, limit_minutes, keep_files=keep_files)


def train_in_child(results, path, act=None):
    """Train in a child process; its exit status is that of the command line."""
    if act is not None:
        after_each_step(act)
    try:
        train(results, path)
    except StoppedError:
        os._exit(EXIT_STATUS)


def state_of(results, path):
    return results / Plan(EXPERIMENT).run(path).state_path


def files_of(results, path):
    return {name: (results / path / name).read_bytes() for name in SAME}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A results folder in which no run was interrupted."""
    results = tmp_path_factory.mktemp("left-alone")
    prepare_text("mini", EXPERIMENT.datasets["mini"], results / "data" / "mini")
    for path in (ACTOR, CONTROL, RAML, CRITIC, Q_NETWORK, ERAC, VAML):
        train(results, path)
    return results


@pytest.fixture
def results(finished, tmp_path):
    """The same folder without the runs that are trained last."""
    copy = tmp_path / "results"
    shutil.copytree(finished, copy)
    for path in (CONTROL, ERAC, VAML):
        shutil.rmtree(copy / path)
    return copy


@dataclass
class Interruption:
    """Sends a run a signal some seconds after a number of steps, and lets it do less than three more steps."""

    number: signal.Signals
    steps: int
    seconds: float

    def __call__(self, _, must_stop):
        self.steps -= 1
        if self.steps == 0:
            Timer(self.seconds, os.kill, (os.getpid(), self.number)).start()
        if self.steps == -3:
            wait_to_be_stopped(must_stop)


def interrupt(results, path, number=signal.SIGKILL, steps=3, after=0.0):
    """Stop a run some seconds after a number of steps, each but the last with a checkpoint; return its exit code."""
    child = FORKS.Process(target=train_in_child, args=(results, path, Interruption(number, steps, after)), daemon=True)
    child.start()
    child.join()
    assert not (results / path / "scores.json").exists()
    return child.exitcode


@pytest.mark.parametrize("path", [CONTROL, ERAC, VAML])
def test_a_run_killed_at_ten_random_moments_ends_like_one_left_alone(finished, results, path):
    moments = random.Random(path)
    codes = [interrupt(results, path, steps=moments.randint(1, 6), after=moments.uniform(0.0, 0.02)) for _ in range(10)]
    attempts = read_attempts(state_of(results, path))
    assert codes == [-signal.SIGKILL] * 10
    assert {attempt.end for attempt in attempts} == {None}
    assert attempts[-1].first_step > 0
    train(results, path)
    assert files_of(results, path) == files_of(finished, path)


@pytest.mark.parametrize("path", [ACTOR, RAML, CRITIC, Q_NETWORK])
def test_every_other_stage_goes_on_as_exactly(finished, results, monkeypatch, path):
    shutil.rmtree(results / path)
    after_each_step(lambda step, _: end_time() if step % 4 == 0 else None, monkeypatch.setattr)
    stopped, whole = 0, (finished / path / "history.csv").read_bytes()
    while not (results / path / "scores.json").exists():
        with suppress(StoppedError):
            train(results, path)
            break
        stopped += 1
        so_far = (state_of(results, path) / "history.csv").read_bytes()
        assert whole.startswith(so_far)
    assert so_far.count(b"\n") >= whole.count(b"\n") - 1
    attempts = json.loads((results / path / "manifest.json").read_text())["attempts"]
    assert len(attempts) == stopped + 1 > 5
    assert files_of(results, path) == files_of(finished, path)


def test_a_run_whose_epochs_cannot_be_shown_goes_on(finished, results, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError("no space left")

    monkeypatch.setattr("erac_vaml.runs.watch.write_history", refuse)
    train(results, VAML)
    assert files_of(results, VAML) == files_of(finished, VAML)


def test_a_finished_run_records_its_attempts_and_keeps_no_checkpoints(results, monkeypatch):
    interrupt(results, VAML)
    monkeypatch.setattr("erac_vaml.runs.session.code_version", lambda: "later")
    train(results, VAML)
    manifest = read_manifest(results / VAML)
    first, last = manifest.attempts
    assert (first.code, last.code) == (code_version(), "later")
    assert manifest.codes == {code_version(), "later"}
    assert manifest.started[:19] == first.started[:19]
    assert (first.end, last.end) == (None, "finished")
    assert last.first_step > 0
    assert not state_of(results, VAML).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_run_with_a_checkpoint_and_a_status_of_its_own(finished, results, number):
    assert interrupt(results, ERAC, number) == EXIT_STATUS
    (attempt,) = read_attempts(state_of(results, ERAC))
    assert (attempt.end, attempt.why) == ("signal", f"signal {number.name}")
    assert attempt.last_step > 0
    train(results, ERAC)
    assert files_of(results, ERAC) == files_of(finished, ERAC)


def test_a_run_stops_before_its_time_limit_and_goes_on_in_the_next_attempt(finished, results, monkeypatch):
    limit = EXPERIMENT.execution.time_margin_minutes + 0.2 / 60
    with monkeypatch.context() as patched:
        after_each_step(lambda step, must_stop: wait_to_be_stopped(must_stop) if step == 30 else None, patched.setattr)
        with pytest.raises(StoppedError, match="its time is over"):
            train(results, ERAC, limit_minutes=limit)
    assert read_attempts(state_of(results, ERAC))[0].end == "time limit"
    train(results, ERAC)
    assert files_of(results, ERAC) == files_of(finished, ERAC)


def flip_a_bit(data):
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


DAMAGE = {"truncated": lambda data: data[: len(data) // 2], "flipped": flip_a_bit, "emptied": lambda data: b""}


def spoil(path, damage):
    path.write_bytes(DAMAGE[damage](path.read_bytes()))


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_older_checkpoint_is_used_where_the_newest_is_damaged(finished, results, capsys, damage):
    interrupt(results, VAML)
    newest = checkpoints(state_of(results, VAML))[0]
    spoil(newest, damage)
    train(results, VAML)
    said = capsys.readouterr().out
    assert f"Not used: {newest}: damaged" in said
    assert "Going on after step" in said
    assert files_of(results, VAML) == files_of(finished, VAML)


@pytest.mark.parametrize("damage", DAMAGE)
def test_with_no_whole_checkpoint_left_the_run_refuses_to_start(results, damage):
    interrupt(results, VAML)
    folder = state_of(results, VAML)
    for path in checkpoints(folder):
        spoil(path, damage)
    before = {path: path.read_bytes() for path in checkpoints(folder)}
    with pytest.raises(UserError, match=r"no checkpoint can be used; the newest: damaged.*rm -r"):
        train(results, VAML)
    assert {path: path.read_bytes() for path in checkpoints(folder)} == before


def test_a_checkpoint_of_other_settings_is_refused_by_name(results):
    interrupt(results, VAML)
    defaults = CONFIGURATION["defaults"] | {"vaml": CONFIGURATION["defaults"]["vaml"] | {"learning_rate": 0.02}}
    other = validate_experiment(CONFIGURATION | {"defaults": defaults})
    with pytest.raises(UserError, match=r"other inputs: settings vaml\.learning_rate was 0\.01, is 0\.02"):
        train_run(other, Plan(other).run(VAML), results, CPU)


def wait_for_another(step, must_stop):
    """Let a run wait at its fifth step until another process waits for the run."""
    while step == 5 and not Path("another").exists():
        time.sleep(0.001)


def test_a_second_process_waits_for_the_first_and_takes_its_result(finished, results, capsys, monkeypatch):
    monkeypatch.chdir(results)
    child = FORKS.Process(target=train_in_child, args=(results, VAML, wait_for_another), daemon=True)
    child.start()
    assert wait_until(lambda: checkpoints(state_of(results, VAML)))
    monkeypatch.setattr(Stopping, "wait", lambda self, seconds: Path("another").touch())
    train(results, VAML)
    child.join()
    assert f"Waiting: process {child.pid} on" in capsys.readouterr().out
    attempts = json.loads((results / VAML / "manifest.json").read_text())["attempts"]
    assert [attempt["process"] for attempt in attempts] == [child.pid]
    assert files_of(results, VAML) == files_of(finished, VAML)


def test_too_little_memory_is_reported_in_one_line_and_costs_no_checkpoint(finished, results, monkeypatch):
    interrupt(results, VAML)
    there = checkpoints(state_of(results, VAML))

    def step(self, batch, generator):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patched:
        patched.setattr(VamlStage, "step", step)
        with pytest.raises(UserError, match=r"out of memory on cpu after step \d+; request more"):
            train(results, VAML)
    assert checkpoints(state_of(results, VAML)) == there
    assert read_attempts(state_of(results, VAML))[-1].end == "failed"
    train(results, VAML)
    assert files_of(results, VAML) == files_of(finished, VAML)


def test_the_progress_of_a_run_is_recorded(results):
    interrupt(results, ERAC, steps=4)
    progress = read_progress(state_of(results, ERAC))
    assert (progress.max_epochs, progress.batches, progress.measure) == (5, 20, "valid_bleu")
    assert progress.latest is not None
    assert progress.seconds_per_step is None or progress.seconds_per_step > 0


def test_in_the_workflow_a_finished_run_survives_the_deletion_of_its_files(finished, results, monkeypatch):
    train(results, VAML, keep_files=True)
    shutil.rmtree(results / VAML)

    def step(self, batch, generator):
        raise AssertionError("trained again")

    monkeypatch.setattr(VamlStage, "step", step)
    train(results, VAML, keep_files=True)
    assert files_of(results, VAML) == files_of(finished, VAML)
