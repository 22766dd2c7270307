"""The whole graph through a real Slurm: cancelled, cut by time limits, and the same tables as on one machine."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from erac_vaml.config import load_experiment
from erac_vaml.plan import plan_runs

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONFIGURATION = HERE / "cluster.yaml"
RUNS = plan_runs(load_experiment(CONFIGURATION))
SAME = ("scores.json", "history.csv", "hypotheses.txt", "model.safetensors")
TIMEOUT = 600
"""Seconds until a workflow that hangs is given up."""


@pytest.fixture(scope="module")
def slurm():
    """The environment in which Slurm's commands find the one that was started."""
    # Munge's socket must lie where everybody may look, which pytest's own folders are not.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    started = subprocess.run([HERE / "slurm.sh", "start", folder], capture_output=True, text=True)
    if started.returncode == 3:
        pytest.skip(started.stdout.strip().splitlines()[-1])
    assert started.returncode == 0, started.stdout + started.stderr
    yield os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
    subprocess.run([HERE / "slurm.sh", "stop", folder], check=True)
    shutil.rmtree(folder, ignore_errors=True)


def workflow(directory, environment, *arguments):
    """Start Snakemake on the target of Table 1, in a folder for the results."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", directory]
    command += ["--configfile", CONFIGURATION, *arguments, "--", "table1"]
    with open(directory / "workflow.log", "w") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)


def finish(process, directory):
    assert process.wait(TIMEOUT) == 0, (directory / "workflow.log").read_text()


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The results of a run on this machine alone."""
    directory = tmp_path_factory.mktemp("local")
    finish(workflow(directory, os.environ, "--cores", "2"), directory)
    return directory / "results" / "cluster"


def cancel_a_run_that_has_a_checkpoint(directory, environment):
    """Cancel the job of the first run that is seen to have one; return the run's folder below state/."""
    state = directory / "results" / "cluster" / "state"
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        for checkpoint in state.glob("*/*/*/checkpoint-*"):
            attempt = json.loads((checkpoint.parent / "attempts.json").read_text())[-1]
            if attempt["end"] is None:
                subprocess.run(["scancel", attempt["job"]], env=environment, check=True)
                return str(checkpoint.parent.relative_to(state))
        time.sleep(0.05)
    raise AssertionError((directory / "workflow.log").read_text())


def attempts(results, run):
    return json.loads((results / run / "manifest.json").read_text())["attempts"]


def most_runs_of_a_job(results):
    """The most runs that shared a job, and with it the job's GPU."""
    pairs = {(attempt["job"], run) for run in RUNS for attempt in attempts(results, run)}
    return max(Counter(job for job, _ in pairs).values())


def too_few_seconds(local):
    """Seconds in which every run gets well into its training, and none to its end."""
    enough = []
    for run in RUNS:
        (attempt,) = attempts(local, run)
        whole = (datetime.fromisoformat(attempt["ended"]) - datetime.fromisoformat(attempt["started"])).total_seconds()
        training = json.loads((local / run / "manifest.json").read_text())["seconds"]
        enough.append(whole - training / 2)
    return min(enough)


def same_results(results, local):
    differing = [
        f"{run}/{name}"
        for run in RUNS
        for name in SAME
        if (results / run / name).read_bytes() != (local / run / name).read_bytes()
    ]
    tables = [path.name for path in sorted((local / "tables").iterdir())]
    assert tables == ["table1.csv", "table1.md", "table1.tex"]
    differing += [
        name for name in tables if (results / "tables" / name).read_bytes() != (local / "tables" / name).read_bytes()
    ]
    return differing == [] or differing


def test_the_slurm_executor_gives_the_tables_of_one_machine_though_a_job_is_cancelled(slurm, local, tmp_path):
    process = workflow(
        tmp_path,
        slurm,
        *("--profile", ROOT / "profiles" / "slurm", "--slurm-no-account", "--latency-wait", "10"),
        *("--slurm-init-seconds-before-status-checks", "2"),
    )
    cancelled = cancel_a_run_that_has_a_checkpoint(tmp_path, slurm)
    finish(process, tmp_path)
    results = tmp_path / "results" / "cluster"
    assert same_results(results, local) is True
    first, second = attempts(results, f"runs/{cancelled}")
    assert (first["end"] in (None, "signal"), second["end"]) == (True, "finished")
    assert second["first_step"] > 0
    assert most_runs_of_a_job(results) == 1


def test_packed_jobs_that_time_limits_cut_give_the_tables_of_one_machine(slurm, local, tmp_path):
    # The experiment's margin of a minute comes on top.
    limited = slurm | {"ERAC_VAML_TIME_LIMIT": str(1.0 + too_few_seconds(local) / 60)}
    profile = ROOT / "profiles" / "cluster-generic"
    process = workflow(
        tmp_path,
        limited,
        *("--profile", profile, "--cluster-generic-status-cmd", profile / "status-slurm", "--latency-wait", "10"),
        *("--seconds-between-status-checks", "1"),
    )
    cancelled = cancel_a_run_that_has_a_checkpoint(tmp_path, slurm)
    finish(process, tmp_path)
    results = tmp_path / "results" / "cluster"
    assert same_results(results, local) is True
    ends = {run: [attempt["end"] for attempt in attempts(results, run)] for run in RUNS}
    assert [run for run, found in ends.items() if "time limit" not in found] == []
    assert {found[-1] for found in ends.values()} == {"finished"}
    assert len(ends[f"runs/{cancelled}"]) > 2
    assert most_runs_of_a_job(results) == 2


def test_a_run_asks_slurm_when_its_job_ends(slurm):
    question = "import os; from erac_vaml.runs.stopping import seconds_left; print(seconds_left(None, 0.1))"
    answer = subprocess.run(
        ["srun", "--time=2", sys.executable, "-c", question], capture_output=True, text=True, env=slurm, timeout=TIMEOUT
    )
    assert 0 < float(answer.stdout) < 120, answer.stderr
