"""The energy of an attempt, with and without a driver that reports it."""

import json

import pynvml
import pytest
import torch

from erac_vaml.runs.attempts import read_attempts
from erac_vaml.runs.energy import consumed_joules, gpu_identity
from erac_vaml.runs.session import Session

GPU = "GPU-0123"


class Driver:
    """A driver with one GPU; each query returns the next of the given energies in millijoules."""

    def __init__(self, *millijoules):
        self.millijoules, self.open = list(millijoules), 0

    def install(self, monkeypatch):
        monkeypatch.setattr(pynvml, "nvmlInit", lambda: self._opened(1))
        monkeypatch.setattr(pynvml, "nvmlShutdown", lambda: self._opened(-1))
        monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByUUID", self._handle)
        monkeypatch.setattr(pynvml, "nvmlDeviceGetTotalEnergyConsumption", lambda handle: self.millijoules.pop(0))
        monkeypatch.setattr("erac_vaml.runs.session.gpu_identity", lambda device: GPU)

    def _opened(self, change):
        self.open += change

    def _handle(self, identity):
        if identity != GPU:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return identity


def test_a_cpu_has_no_identity_and_no_energy():
    assert gpu_identity(torch.device("cpu")) is None
    assert consumed_joules(None) is None


def test_a_driver_s_millijoules_are_joules(monkeypatch):
    driver = Driver(1500)
    driver.install(monkeypatch)
    assert consumed_joules(GPU) == 1.5
    assert driver.open == 0


@pytest.mark.parametrize("identity", ["GPU-another", "MIG-0123"])
def test_a_device_that_the_driver_does_not_know_has_no_energy(monkeypatch, identity):
    driver = Driver()
    driver.install(monkeypatch)
    assert consumed_joules(identity) is None
    assert driver.open == 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU and its driver")
def test_without_a_driver_there_is_no_energy():
    assert consumed_joules(GPU) is None


@pytest.mark.parametrize(("before", "after", "joules"), [(1000, 61_000, 60.0), (61_000, 1000, None)])
def test_an_attempt_has_the_energy_that_its_gpu_consumed_meanwhile(monkeypatch, tmp_path, before, after, joules):
    Driver(before, after).install(monkeypatch)
    session = Session(tmp_path, torch.device("cuda", 0))
    session.record_end("failed", "for a test")
    (attempt,) = read_attempts(tmp_path)
    assert (attempt.gpu, attempt.joules) == (GPU, joules)


def test_an_attempt_on_a_cpu_has_no_energy(tmp_path):
    Session(tmp_path, torch.device("cpu")).record_end("failed", "for a test")
    (attempt,) = json.loads((tmp_path / "attempts.json").read_text())
    assert (attempt["gpu"], attempt["joules"]) == (None, None)


@pytest.mark.gpu
def test_a_real_gpu_that_works_consumes_energy():
    identity = gpu_identity(torch.device("cuda", 0))
    before = consumed_joules(identity)
    if before is None:
        pytest.skip("the GPU's driver does not report its energy")
    numbers = torch.randn(4096, 4096, device="cuda")
    for _ in range(200):
        numbers = torch.tanh(numbers @ numbers)
    torch.cuda.synchronize()
    assert consumed_joules(identity) > before
