"""The second copy of a finished run's files."""

import errno

import pytest
from fake_results import make_experiment, write_run

from erac_vaml.plan import Plan
from erac_vaml.runs import kept


def test_a_full_disk_leaves_no_half_of_a_copy(tmp_path, monkeypatch):
    def full(source, target):
        if str(target).endswith("model.safetensors"):
            raise OSError(errno.ENOSPC, "No space left on device")
        target.write_bytes(source.read_bytes())

    run = Plan(make_experiment()).run("mt/mle/seed1")
    folder, state = write_run(tmp_path, run), tmp_path / run.state_path
    monkeypatch.setattr(kept.os, "link", full)
    monkeypatch.setattr(kept.shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        kept.forget_all_but_files(state, folder)
    assert list(state.iterdir()) == []
    monkeypatch.undo()
    kept.forget_all_but_files(state, folder)
    assert kept.is_kept(state)
