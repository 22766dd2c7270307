"""Doctor tells what GPU and which packages this machine has."""

from types import SimpleNamespace

import psutil
import torch
from findings import only

from erac_vaml.operations.doctor import machine
from erac_vaml.operations.doctor.machine import check_gpu, check_packages


def test_a_gpu_that_torch_does_not_see_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(machine, "_driver", lambda: None)
    assert "CPU" in only(check_gpu(tmp_path), "note").text
    monkeypatch.setattr(machine, "_driver", lambda: "570.1")
    found = only(check_gpu(tmp_path))
    assert "570.1" in found.text
    assert found.command == "pip uninstall --yes torch && pip install torch"
    lock = tmp_path / "requirements-torch.lock"
    lock.write_text("torch==0.1\n")
    assert only(check_gpu(tmp_path)).command == f"pip uninstall --yes torch && pip install -r {lock}"


def test_gpus_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    device = SimpleNamespace(name="NVIDIA X", total_memory=80 * 10**9)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: device)
    monkeypatch.setattr(machine, "_driver", lambda: "570.1")
    assert only(check_gpu(tmp_path), "ok").text.startswith("NVIDIA X, 80 GB, driver 570.1")


def test_other_versions_of_packages_are_a_note(tmp_path):
    assert only(check_packages(tmp_path), "note").text.startswith("no requirements.lock")
    (tmp_path / "requirements.lock").write_text(f"psutil=={psutil.__version__} \\\n    --hash=sha256:00\n")
    assert only(check_packages(tmp_path), "ok").text == "all 1 as in the lock files"
    (tmp_path / "requirements-torch.lock").write_text("torch==0.1\nno-such-package==1\n")
    found = only(check_packages(tmp_path), "note")
    assert found.text.startswith("2 of 3 differ from the lock files: torch ")
    assert "no-such-package missing (1)" in found.text
    assert found.command == f"pip install -r {tmp_path}/requirements-torch.lock"


def test_each_lock_file_is_installed_if_a_package_of_it_differs(tmp_path):
    (tmp_path / "requirements.lock").write_text("psutil==0.1\n")
    (tmp_path / "requirements-torch.lock").write_text(f"torch=={torch.__version__.partition('+')[0]}\n")
    first = f"pip install --no-deps -r {tmp_path}/requirements.lock"
    assert only(check_packages(tmp_path), "note").command == first
    (tmp_path / "requirements-torch.lock").write_text("torch==0.1\n")
    second = f"pip install -r {tmp_path}/requirements-torch.lock"
    assert only(check_packages(tmp_path), "note").command == f"{first} && {second}"
