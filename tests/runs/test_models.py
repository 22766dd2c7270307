"""Networks on disk."""

import pytest
import torch
from torch import nn

from erac_vaml.errors import UserError
from erac_vaml.runs.models import load_parameters, save_parameters


def test_a_network_is_read_back_bit_for_bit(tmp_path):
    saved, loaded = nn.Linear(3, 2), nn.Linear(3, 2)
    save_parameters(saved.state_dict(), tmp_path / "model.safetensors")
    load_parameters(loaded, tmp_path / "model.safetensors")
    assert all(torch.equal(saved.state_dict()[name], loaded.state_dict()[name]) for name in ("weight", "bias"))
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"x" * len(data)]
)
def test_a_damaged_model_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "model.safetensors"
    save_parameters(nn.Linear(3, 2).state_dict(), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match=r"model\.safetensors: damaged"):
        load_parameters(nn.Linear(3, 2), path)


def test_a_model_of_another_shape_is_refused_with_both_shapes(tmp_path):
    save_parameters(nn.Linear(3, 2).state_dict(), tmp_path / "model.safetensors")
    with pytest.raises(UserError, match=r"weight is \(2, 3\).*\(2, 4\)"):
        load_parameters(nn.Linear(4, 2), tmp_path / "model.safetensors")


def test_a_missing_model_is_told(tmp_path):
    with pytest.raises(UserError, match="no such model"):
        load_parameters(nn.Linear(4, 2), tmp_path / "model.safetensors")
