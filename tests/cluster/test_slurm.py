"""The whole graph through a real Slurm: cancelled, cut by time limits, and the same tables as on one machine."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import run, started, wait_until
from steps import Held

from erac_vaml.config import load_experiment
from erac_vaml.plan import plan_runs

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONFIGURATION = HERE / "cluster.yaml"
RUNS = plan_runs(load_experiment(CONFIGURATION))
CANCELLED = "runs/mt/vaml/critic1-actor1"
SAME = ("scores.json", "history.csv", "hypotheses.txt", "model.safetensors")


@pytest.fixture(scope="module")
def slurm():
    """The environment in which Slurm's commands find the one that was started."""
    # Munge's socket must lie where everybody may look, which pytest's own folders are not.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    # The daemons end with the block at the latest, also where some of them have not started.
    with started([HERE / "slurm.sh", "start", folder], folder, stdout=subprocess.PIPE, text=True) as starting:
        said = starting.stdout.readlines()
        if starting.wait() == 3:
            pytest.skip(said[-1].strip())
        assert starting.returncode == 0, said
        yield os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
        assert run([HERE / "slurm.sh", "stop", folder]).returncode == 0
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def workflow(directory, environment, *arguments):
    """Within, Snakemake runs on the target of Table 1, in a folder for the results."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", directory]
    command += ["--configfile", CONFIGURATION, *arguments, "--", "table1"]
    with (
        open(directory / "workflow.log", "w") as log,
        started(command, stdout=log, stderr=log, env=environment) as process,
    ):
        yield process


def finish(process, directory):
    assert process.wait() == 0, (directory / "workflow.log").read_text()


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The results of a run on this machine alone."""
    directory = tmp_path_factory.mktemp("local")
    with workflow(directory, os.environ, "--cores", "2") as process:
        finish(process, directory)
    return directory / "results" / "cluster"


def cancel_what_is_held(held, environment, process):
    """Cancel the job of the run that is held, once it is."""
    assert wait_until(held.runs, process)
    assert run(["scancel", held.runs()[CANCELLED]], env=environment).returncode == 0


def attempts(results, path):
    return json.loads((results / path / "manifest.json").read_text())["attempts"]


def most_runs_of_a_job(results):
    """The most runs that shared a job, and with it the job's GPU."""
    pairs = {(attempt["job"], path) for path in RUNS for attempt in attempts(results, path)}
    return max(Counter(job for job, _ in pairs).values())


def same_results(results, local):
    differing = [
        f"{path}/{name}"
        for path in RUNS
        for name in SAME
        if (results / path / name).read_bytes() != (local / path / name).read_bytes()
    ]
    tables = [path.name for path in sorted((local / "tables").iterdir())]
    assert tables == ["table1.csv", "table1.html", "table1.md", "table1.tex"]
    differing += [
        name for name in tables if (results / "tables" / name).read_bytes() != (local / "tables" / name).read_bytes()
    ]
    return differing == [] or differing


def test_the_slurm_executor_gives_the_tables_of_one_machine_though_a_job_is_cancelled(slurm, local, tmp_path):
    held = Held(tmp_path / "held", step=10, only=CANCELLED)
    profile = ("--profile", ROOT / "profiles" / "slurm", "--slurm-no-account", "--latency-wait", "10")
    environment = slurm | held.environment
    with workflow(tmp_path, environment, *profile, "--slurm-init-seconds-before-status-checks", "2") as process:
        cancel_what_is_held(held, slurm, process)
        finish(process, tmp_path)
    results = tmp_path / "results" / "cluster"
    assert same_results(results, local) is True
    first, second = attempts(results, CANCELLED)
    assert (first["end"] in (None, "signal"), second["end"]) == (True, "finished")
    assert second["first_step"] > 0
    assert most_runs_of_a_job(results) == 1


def test_packed_jobs_that_time_limits_cut_give_the_tables_of_one_machine(slurm, local, tmp_path):
    held = Held(tmp_path / "held", step=15, only=CANCELLED, time_over_at=10)
    profile = ROOT / "profiles" / "cluster-generic"
    arguments = ("--profile", profile, "--cluster-generic-status-cmd", profile / "status-slurm", "--latency-wait", "10")
    environment = slurm | held.environment
    with workflow(tmp_path, environment, *arguments, "--seconds-between-status-checks", "1") as process:
        cancel_what_is_held(held, slurm, process)
        finish(process, tmp_path)
    results = tmp_path / "results" / "cluster"
    assert same_results(results, local) is True
    ends = {path: [attempt["end"] for attempt in attempts(results, path)] for path in RUNS}
    assert {found[0] for found in ends.values()} == {"time limit"}
    assert {found[-1] for found in ends.values()} == {"finished"}
    assert len(ends[CANCELLED]) > 2
    assert most_runs_of_a_job(results) == 2


def test_a_run_asks_slurm_when_its_job_ends(slurm):
    question = "import os; from erac_vaml.runs.stopping import seconds_left; print(seconds_left(None, 0.1))"
    answer = run(["srun", "--time=60", sys.executable, "-c", question], env=slurm)
    assert 0 < float(answer.stdout) < 3600, answer.stderr
