"""A run's network on disk."""

import stat

import pytest
import torch
from fake_results import seal
from torch import nn

from erac_vaml.errors import UserError
from erac_vaml.files import FileDigest
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.model import load_model, write_model


@pytest.fixture
def folder(finished_run):
    """The folder of a finished run whose model is a small network."""
    write_model(finished_run, nn.Linear(3, 2).state_dict())
    return seal(finished_run)


def test_a_network_is_read_back_bit_for_bit(finished_run):
    saved, loaded = nn.Linear(3, 2), nn.Linear(3, 2)
    write_model(finished_run, saved.state_dict())
    load_model(loaded, seal(finished_run))
    assert all(torch.equal(saved.state_dict()[name], loaded.state_dict()[name]) for name in ("weight", "bias"))
    assert not list(finished_run.glob("*.tmp"))


def test_the_file_has_the_mode_that_the_umask_gives(folder):
    model, scores = folder / "model.safetensors", folder / "scores.json"
    assert stat.S_IMODE(model.stat().st_mode) == stat.S_IMODE(scores.stat().st_mode)


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: bytes(len(data))]
)
def test_a_changed_model_is_refused_by_name(folder, damage):
    path = folder / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match=r"model\.safetensors: (has|was changed)"):
        load_model(nn.Linear(3, 2), folder)


def test_a_file_that_is_no_network_is_refused_even_if_its_digest_matches(folder):
    path = folder / "model.safetensors"
    path.write_bytes(b"x" * 100)
    seal(folder)
    assert read_manifest(folder).files[path.name] == FileDigest.of(path)
    with pytest.raises(UserError, match=r"model\.safetensors: damaged"):
        load_model(nn.Linear(3, 2), folder)


def test_a_model_of_another_shape_is_refused_with_both_shapes(folder):
    with pytest.raises(UserError, match=r"weight is \(2, 3\).*\(2, 4\)"):
        load_model(nn.Linear(4, 2), folder)
