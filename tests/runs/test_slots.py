"""Slots of GPUs: every run gets a device, and no device gets more runs than it has slots."""

import multiprocessing
import tempfile
import time
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
import torch
from steps import end_time

from erac_vaml.runs.slots import on_device, slot
from erac_vaml.runs.stopping import StoppedError, Stopping

GPUS = ["GPU-one", "GPU-two"]
FORKS = multiprocessing.get_context("fork")


def hold(folder, started):
    """Take a slot in a child process, report its device, and keep it until the process is killed."""
    with slot(GPUS, 2, folder, Stopping(None)) as index:
        started.put(index)
        time.sleep(1_000_000)


def test_runs_are_spread_over_the_devices(tmp_path):
    with ExitStack() as stack:
        taken = [stack.enter_context(slot(GPUS, 2, tmp_path, Stopping(None))) for _ in range(4)]
    assert taken == [0, 1, 0, 1]


def test_a_freed_slot_is_taken_again(tmp_path):
    for _ in range(3):
        with slot(GPUS, 1, tmp_path, Stopping(None)) as index:
            assert index == 0


def test_no_slot_is_taken_twice_and_a_waiting_run_can_be_stopped(tmp_path, capsys, monkeypatch):
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(slot(GPUS, 2, tmp_path, Stopping(None)))
        stopping = Stopping(None)
        monkeypatch.setattr("erac_vaml.runs.stopping.time.sleep", lambda seconds: end_time())
        with stopping.installed(), pytest.raises(StoppedError), slot(GPUS, 2, tmp_path, stopping):
            raise AssertionError("a fifth slot of four")
    assert "Waiting for one of 4 slots of 2 GPUs" in capsys.readouterr().out


def test_processes_share_the_slots_and_a_killed_one_frees_its_own(tmp_path):
    started = FORKS.Queue()
    children = [FORKS.Process(target=hold, args=(tmp_path, started), daemon=True) for _ in range(4)]
    for child in children:
        child.start()
    assert sorted(started.get() for _ in range(4)) == [0, 0, 1, 1]
    fifth = FORKS.Process(target=hold, args=(tmp_path, started), daemon=True)
    fifth.start()
    fifth.join(0.2)
    assert (fifth.is_alive(), started.empty()) == (True, True)
    children[0].kill()
    assert started.get() in (0, 1)
    for child in (*children, fifth):
        child.kill()
        child.join()


def test_the_cpu_needs_no_slot():
    with on_device(torch.device("cpu"), 1, Stopping(None)) as device:
        assert device == torch.device("cpu")


@pytest.fixture
def gpus(tmp_path, monkeypatch):
    """A function that gives this process, in a job of Slurm, a number of GPUs."""

    def give(number):
        monkeypatch.setattr(torch.cuda, "device_count", lambda: number)

    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid=f"GPU-{index}"))
    monkeypatch.setattr(torch.cuda, "get_device_name", str)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    return give


def places(number, runs_per_gpu):
    """Return the devices of runs at the same time that ask for any GPU."""
    with ExitStack() as stack:
        taken = [
            stack.enter_context(on_device(torch.device("cuda"), runs_per_gpu, Stopping(None))) for _ in range(number)
        ]
    return [device.index for device in taken]


def test_runs_in_a_job_with_several_gpus_are_spread_over_them(gpus):
    gpus(2)
    assert places(4, runs_per_gpu=2) == [0, 1, 0, 1]


def test_the_only_gpu_of_a_job_is_the_run_s_without_a_slot(gpus):
    gpus(1)
    assert places(3, runs_per_gpu=1) == [0, 0, 0]
