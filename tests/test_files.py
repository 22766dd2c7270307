"""Files that are replaced as a whole or not at all, their digests, and JSON."""

import os
import shutil
import stat

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from erac_vaml import files
from erac_vaml.files import read_json, replacing, sha256, sha256_of, try_json, write_bytes, write_json, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_and_its_folder_made(tmp_path):
    path = tmp_path / "new" / "text.txt"
    write_text(path, "ä\n")
    write_text(path, "ö\n")
    assert path.read_bytes() == "ö\n".encode()
    assert names(path.parent) == ["text.txt"]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_content_and_no_temporary_file(tmp_path, error):
    path = tmp_path / "a"
    write_bytes(path, b"old")

    def fail_half_way():
        with replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise error

    with pytest.raises(error):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_what_a_killed_process_left_is_written_over(tmp_path):
    (tmp_path / "a.tmp").write_bytes(b"half")
    (tmp_path / "a.tmp").chmod(0o400)
    write_bytes(tmp_path / "a", b"new")
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o002, 0o664)])
def test_modes_are_the_umask_s_whoever_writes(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_text(tmp_path / "text", "x")
        with replacing(tmp_path / "model") as temporary:
            save_file({"weight": torch.ones(2)}, temporary)
        with replacing(tmp_path / "ids") as temporary, open(temporary, "wb") as stream:
            np.savez(stream, ids=np.arange(3))
    finally:
        os.umask(before)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names(tmp_path)} == {mode}


def test_a_full_disk_keeps_the_old_file_and_no_temporary_one(small_disk):
    write_bytes(small_disk / "page.html", b"old")
    with pytest.raises(OSError, match="No space left"):
        write_bytes(small_disk / "page.html", bytes(2**21))
    assert (small_disk / "page.html").read_bytes() == b"old"
    assert names(small_disk) == ["page.html"]


@pytest.mark.parametrize("kind", ["written", "copied"])
def test_a_full_disk_names_the_file_that_has_no_room(small_disk, tmp_path, kind):
    source, target = tmp_path / "source", small_disk / "page.html"
    source.write_bytes(bytes(2**21))
    with pytest.raises(OSError, match="No space left") as caught, replacing(target) as temporary:
        shutil.copyfile(source, temporary) if kind == "copied" else temporary.write_bytes(source.read_bytes())
    assert caught.value.filename == str(target)


def test_a_missing_source_is_named_itself(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "copy") as temporary:
        shutil.copyfile(tmp_path / "missing", temporary)
    assert caught.value.filename == str(tmp_path / "missing")


def test_a_file_is_hashed_once_while_size_and_time_stay(tmp_path, monkeypatch):
    path = tmp_path / "model"
    path.write_bytes(b"one")
    monkeypatch.setattr(files.time, "time_ns", lambda: path.stat().st_ctime_ns + 3 * 10**9)
    assert sha256(path) == sha256_of(b"one")
    monkeypatch.setattr(files.hashlib, "file_digest", None)
    assert sha256(path) == sha256_of(b"one")


def test_a_file_that_changes_within_a_tick_of_the_clock_is_hashed_anew(tmp_path):
    path = tmp_path / "model"
    for content in (b"one", b"two") * 20:
        path.write_bytes(content)
        os.utime(path, (1.0, 1.0))
        assert sha256(path) == sha256_of(content)


def test_another_size_or_time_is_hashed_anew(tmp_path, monkeypatch):
    path = tmp_path / "model"
    monkeypatch.setattr(files.time, "time_ns", lambda: path.stat().st_ctime_ns + 3 * 10**9)
    path.write_bytes(b"one")
    first, status = sha256(path), path.stat()
    path.write_bytes(b"longer")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert sha256(path) == sha256_of(b"longer") != first
    path.write_bytes(b"others")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert sha256(path) == sha256_of(b"others")


def test_json_is_read_back(tmp_path):
    write_json(tmp_path / "a.json", {"wörter": [1, None, 0.1]})
    assert read_json(tmp_path / "a.json") == {"wörter": [1, None, 0.1]}
    assert (tmp_path / "a.json").read_text(encoding="utf-8").endswith("}\n")


@pytest.mark.parametrize("content", [b"{", b"", b"\x80", b"[" * 200_000], ids=["cut", "empty", "binary", "deep"])
def test_damaged_json_is_a_value_error_or_none(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011
        read_json(tmp_path / "a.json")
    assert try_json(tmp_path / "a.json") is None
    assert try_json(tmp_path / "missing.json") is None
