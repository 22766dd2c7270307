"""Prepared files are checked against the record of the preparation."""

import json
import os
import shutil

import pytest

from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data.preparation import changed_settings, check_files, prepared_file
from erac_vaml.data.prepare_text import prepare_text
from erac_vaml.data.prepared import load_prepared
from erac_vaml.errors import UserError
from erac_vaml.files import sha256

MINI = MiniDataset(train_pairs=30, valid_pairs=5, test_pairs=5, min_count=1)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    prepare_text("mini", MINI, folder)
    return folder


@pytest.fixture
def folder(prepared, tmp_path):
    return shutil.copytree(prepared, tmp_path / "mini")


@pytest.mark.parametrize("name", [name for name in MINI.prepared_files if name != "statistics.json"])
def test_a_missing_or_changed_file_is_refused_by_name(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    with pytest.raises(UserError, match=rf"{name}: is missing; prepare the data set again"):
        load_prepared(folder)
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=rf"{name}: has [\d,]+ bytes.*; prepare the data set again"):
        load_prepared(folder)
    (folder / name).write_bytes(content[::-1])
    with pytest.raises(UserError, match=rf"{name}: was changed.*; prepare the data set again"):
        load_prepared(folder)


def test_permuted_references_of_the_same_size_and_time_are_refused(folder):
    path = folder / "test.target.txt"
    status = path.stat()
    path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(UserError, match=r"test\.target\.txt: was changed"):
        prepared_file(folder, "test.target.txt")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"files": {"train.npz": 3}}', '{"files": [1]}', "[" * 10**5])
def test_damaged_statistics_are_refused(folder, content):
    (folder / "statistics.json").write_text(content)
    with pytest.raises(UserError, match=r"statistics\.json: damaged.*; prepare the data set again"):
        load_prepared(folder)


def test_other_files_have_no_effect(folder):
    before = check_files(folder)
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / ".nfs0001").write_bytes(b"x")
    (folder / ".ipynb_checkpoints").mkdir()
    assert check_files(folder) == before
    assert set(before) == {path.name for path in folder.iterdir() if not path.name.startswith(".")} - {
        "statistics.json"
    }
    assert before["train.npz"] == sha256(folder / "train.npz")


def test_other_settings_are_refused_by_name(folder):
    other = MINI.model_copy(update={"seed": 7})
    assert changed_settings(folder, MINI) == []
    assert changed_settings(folder, other) == ["seed was 1, is 7"]
    load_prepared(folder, MINI)
    with pytest.raises(UserError, match="prepared with other settings, seed was 1, is 7; prepare the data set again"):
        load_prepared(folder, other)


def test_the_settings_are_recorded_as_the_configuration_has_them(folder):
    recorded = json.loads((folder / "statistics.json").read_text())["settings"]
    assert MiniDataset.model_validate(recorded) == MINI
