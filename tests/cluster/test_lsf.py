"""A run goes through the executor of LSF, whose commands are stand-ins (tests/cluster/lsf)."""

import json
import os
from pathlib import Path

import pytest
from calls import ROOT, snakemake

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
RUN = "results/tiny/runs/mt/mle/seed1"


def test_a_run_is_trained_as_a_job_with_one_gpu(tmp_path, monkeypatch):
    pytest.importorskip("snakemake_executor_plugin_lsf")
    parameters = tmp_path / "lsf" / "lsbatch" / "loop" / "configdir" / "lsb.params"
    parameters.parent.mkdir(parents=True)
    parameters.write_text("DEFAULT_QUEUE = normal\n")
    monkeypatch.setenv("LSF_LOOP", str(tmp_path / "lsf"))
    monkeypatch.setenv("PATH", f"{HERE / 'lsf'}:{os.environ['PATH']}")
    done = snakemake(tmp_path, f"{RUN}/scores.json", "--profile", ROOT / "profiles" / "lsf", "--latency-wait", "10")
    assert done.returncode == 0, done.stdout + done.stderr
    arguments = (tmp_path / "lsf" / "arguments").read_text().splitlines()
    assert arguments[arguments.index("-gpu") + 1] == "num=1"
    assert int(arguments[arguments.index("-W") + 1]) >= 30
    (attempt,) = json.loads((tmp_path / RUN / "manifest.json").read_text())["attempts"]
    assert (attempt["job"], attempt["end"]) == ("1", "finished")
