"""Checkpoints on disk: complete or absent, and refused if they belong to another run."""

import json
import subprocess

import pytest
import torch
from safetensors.torch import save_file

from erac_vaml.errors import UserError
from erac_vaml.runs import checkpoint
from erac_vaml.runs.checkpoint import newest_checkpoint, read_checkpoint, save_checkpoint
from erac_vaml.runs.stopped import checkpoints

IDENTITY = {"run": "runs/mt/mle/seed1", "settings": {"mle.learning_rate": 0.1}, "data": {"sha256": {"a": "1"}}}
TENSORS = {"actor.weight": torch.arange(6.0).view(2, 3)}


def save(folder, **record):
    save_checkpoint(folder, IDENTITY, TENSORS, record)


def test_tensors_and_numbers_are_read_back_as_they_were(tmp_path):
    third, not_a_number = 1 / 3, float("nan")
    save(tmp_path, total_loss=third, history=[{"train_loss": not_a_number, "improved": True}])
    found = newest_checkpoint(tmp_path, IDENTITY)
    assert torch.equal(found.tensors["actor.weight"], TENSORS["actor.weight"])
    assert found.record["total_loss"] == third
    assert json.dumps(found.record["history"]) == '[{"train_loss": NaN, "improved": true}]'


def test_the_newest_two_are_kept_and_nothing_else(tmp_path):
    for step in range(4):
        save(tmp_path, step=step)
    assert [read_checkpoint(path, IDENTITY).record["step"] for path in checkpoints(tmp_path)] == [3, 2]
    assert sorted(tmp_path.iterdir()) == sorted(checkpoints(tmp_path))


def test_the_millionth_checkpoint_is_newer_than_the_one_before(tmp_path):
    save(tmp_path, step=1)
    (path,) = checkpoints(tmp_path)
    path.rename(path.with_name(path.name.replace("000001", "999999")))
    save(tmp_path, step=2)
    assert newest_checkpoint(tmp_path, IDENTITY).record["step"] == 2


def test_there_is_none_in_a_new_folder(tmp_path):
    assert newest_checkpoint(tmp_path / "new", IDENTITY) is None


def test_a_half_written_file_of_a_killed_process_is_ignored(tmp_path):
    (tmp_path / "checkpoint.tmp").write_bytes(b"half")
    assert newest_checkpoint(tmp_path, IDENTITY) is None
    save(tmp_path, step=1)
    assert newest_checkpoint(tmp_path, IDENTITY).record["step"] == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"run": "runs/mt/mle/seed2"}, "run was 'runs/mt/mle/seed1', is 'runs/mt/mle/seed2'"),
        ({"settings": {"mle.learning_rate": 0.2}}, "settings mle.learning_rate was 0.1, is 0.2"),
        ({"settings": {}}, "settings mle.learning_rate was 0.1, is not there"),
        ({"data": {"sha256": {"a": "2"}}}, "data sha256 a was '1', is '2'"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_the_difference_named(tmp_path, change, words):
    save(tmp_path, step=1)
    with pytest.raises(UserError, match="was written with another configuration or other inputs: ") as refused:
        read_checkpoint(checkpoints(tmp_path)[0], IDENTITY | change)
    assert words in str(refused.value)


def test_another_version_of_the_format_is_refused(tmp_path, monkeypatch):
    save(tmp_path, step=1)
    monkeypatch.setattr(checkpoint, "FORMAT", checkpoint.FORMAT + 1)
    with pytest.raises(UserError, match="is in version 1 of the format, this program reads version 2"):
        read_checkpoint(checkpoints(tmp_path)[0], IDENTITY)


def test_a_file_that_holds_something_else_is_refused(tmp_path):
    save_file(TENSORS, tmp_path / "other.safetensors")
    digest = subprocess.run(["sha256sum", tmp_path / "other.safetensors"], capture_output=True, text=True).stdout[:64]
    (tmp_path / "other.safetensors").rename(tmp_path / f"checkpoint-000001-{digest}.safetensors")
    with pytest.raises(UserError, match="damaged"):
        read_checkpoint(checkpoints(tmp_path)[0], IDENTITY)


def test_on_a_full_disk_the_previous_checkpoint_survives(small_disk):
    large = {"actor.weight": torch.zeros(100_000)}
    save_checkpoint(small_disk, IDENTITY, large, {"step": 1})
    save_checkpoint(small_disk, IDENTITY, large, {"step": 2})
    before = {path: path.read_bytes() for path in small_disk.iterdir()}
    with pytest.raises(UserError, match=r"no checkpoint can be written .*No space left.*checkpoint-000002, is whole"):
        save_checkpoint(small_disk, IDENTITY, large, {"step": 3})
    assert {path: path.read_bytes() for path in small_disk.iterdir()} == before
    assert newest_checkpoint(small_disk, IDENTITY).record["step"] == 2


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="no checkpoint can be written"):
        save(tmp_path / "state", step=1)
