"""Runs that are killed, stopped or whose checkpoints are damaged end like runs that were left alone."""

import multiprocessing
import os
import random
import shutil
import signal
import time

import pytest
import torch

from erac_vaml.config import validate_experiment
from erac_vaml.data.prepare_text import prepare_text
from erac_vaml.training.checkpoint import checkpoints
from erac_vaml.training.progress import read_attempts
from erac_vaml.training.run import find_run, train_run
from erac_vaml.training.stopping import EXIT_STATUS, StoppedError

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
ACTOR, CRITIC, Q_NETWORK = "runs/mt/mle/seed1", "runs/mt/critic/critic1", "runs/mt/q-network/critic1"
ERAC, VAML = "runs/mt/erac/critic1-actor1", "runs/mt/vaml/critic1-actor1"
SAME = ("scores.json", "history.csv", "hypotheses.txt", "model.safetensors")
"""Files in which nothing may tell that a run was ever stopped."""

# Children that start in no time, with all that a run needs already imported.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["erac_vaml.training.run"])

CONFIGURATION = {
    "name": "resuming",
    "datasets": {"mini": {"kind": "mini", "train_pairs": 600, "valid_pairs": 40, "test_pairs": 40}},
    "defaults": {
        "network": {"units": 24, "embedding": 24},
        "evaluation": {"max_length": 20, "beam_size": 2},
        "actor_critic": {"max_length": 20},
        "mle": {"max_epochs": 2, "batch_size": 20, "optimizer": "adam", "learning_rate": 0.01},
        "q_network": {"max_epochs": 1, "batch_size": 20, "samples": 2},
        "vaml": {"max_epochs": 3, "batch_size": 20, "samples": 2, "optimizer": "adam", "learning_rate": 0.01},
        "critic": {"max_epochs": 1, "batch_size": 20},
        "joint": {"max_epochs": 3, "batch_size": 20},
        "seeds": {"critics": 1, "actors": 1},
    },
    "tasks": {"mt": {"dataset": "mini"}},
    "execution": {"checkpoint_minutes": 0.002},
}
EXPERIMENT = validate_experiment(CONFIGURATION)


def train(results, path, limit_minutes=None):
    torch.set_num_threads(1)
    return train_run(EXPERIMENT, find_run(EXPERIMENT, path), results, CPU, limit_minutes)


def train_in_child(results, path):
    """What a child does; its exit status is that of the command line."""
    try:
        train(results, path)
    except StoppedError:
        os._exit(EXIT_STATUS)


def state_of(results, path):
    return results / find_run(EXPERIMENT, path).state_path


def files_of(results, path):
    return {name: (results / path / name).read_bytes() for name in SAME}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A results folder in which every run was left alone."""
    results = tmp_path_factory.mktemp("left-alone")
    prepare_text("mini", EXPERIMENT.datasets["mini"], results / "data" / "mini")
    for path in (ACTOR, CRITIC, Q_NETWORK, ERAC, VAML):
        train(results, path)
    return results


@pytest.fixture
def results(finished, tmp_path):
    """The same without the runs that are trained last."""
    copy = tmp_path / "results"
    shutil.copytree(finished, copy)
    for path in (ERAC, VAML):
        shutil.rmtree(copy / path)
    return copy


def stop_child(results, path, number, after):
    """Start a run, send it a signal after some seconds of training; return its exit code."""
    child = FORKS.Process(target=train_in_child, args=(results, path))
    child.start()
    attempts = len(read_attempts(state_of(results, path)))
    while child.is_alive() and len(read_attempts(state_of(results, path))) == attempts:
        time.sleep(0.005)
    child.join(after)
    if child.is_alive():
        os.kill(child.pid, number)
    child.join()
    return child.exitcode


def damaged_by(results, path, kills):
    """Kill a run at a random moment until it has done some checkpoints; return them, newest first."""
    for _ in range(kills):
        stop_child(results, path, signal.SIGKILL, 0.7)
        found = checkpoints(state_of(results, path))
        if len(found) == 2:
            return found
    raise AssertionError("no two checkpoints in so many seconds")


@pytest.mark.parametrize("path", [ERAC, VAML])
def test_a_run_killed_at_ten_random_moments_ends_like_one_left_alone(finished, results, path):
    moments = random.Random(path)
    codes = [stop_child(results, path, signal.SIGKILL, moments.uniform(0.05, 0.6)) for _ in range(10)]
    killed = codes.count(-signal.SIGKILL)
    attempts = read_attempts(state_of(results, path))
    assert (killed, len(attempts)) == (10, 10)
    assert [attempt.end for attempt in attempts] == [None] * 10
    assert attempts[-1].first_step > 0
    train(results, path)
    assert files_of(results, path) == files_of(finished, path)
