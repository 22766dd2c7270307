"""Jobs in a container: only on request, and then all of them in the image of apptainer.def. Apptainer is a stand-in."""

import os
import sys
from pathlib import Path

import pytest
from calls import snakemake

pytestmark = pytest.mark.slow
APPTAINER = """#!/bin/sh
[ "$1" = --version ] && echo "apptainer version 1.4.0" && exit
echo "$*" >>"$APPTAINER_CALLS"
while [ "$1" != -c ]; do shift; done
PATH={path}:$PATH exec bash -c "$2"
"""


def test_each_command_runs_in_the_image_if_that_is_asked_for(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "apptainer").write_text(APPTAINER.format(path=Path(sys.executable).parent))
    (tmp_path / "bin" / "apptainer").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("APPTAINER_CALLS", str(tmp_path / "calls"))
    done = snakemake(tmp_path, "mle", "--software-deployment-method", "apptainer", "--apptainer-args=--nv")
    assert done.returncode == 0, done.stdout + done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [command for call in calls for command in ("prepare", "train") if f"erac-vaml {command} " in call] == [
        "prepare",
        "train",
    ]
    assert all(call.startswith("exec ") and " --nv " in call and " erac-vaml.sif " in call for call in calls)
    again = snakemake(tmp_path, "mle")
    assert "Nothing to be done" in again.stderr


def test_nothing_is_said_of_containers_if_nobody_asks_for_them(tmp_path):
    done = snakemake(tmp_path, "results/tiny/config.yaml")
    assert done.returncode == 0
    assert "containers: ignored" not in done.stdout + done.stderr
