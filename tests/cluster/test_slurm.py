"""The whole graph on a real Slurm gives the tables of one machine, despite cancelled jobs and time limits."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from processes import run, started, wait_until
from steps import Held

from erac_vaml.config import load_experiment
from erac_vaml.plan import Plan

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONFIGURATION = HERE / "cluster.yaml"
RUNS = Plan(load_experiment(CONFIGURATION)).runs
CANCELLED, PREEMPTED = "runs/mt/vaml/critic1-actor1", "runs/mt/mle/seed1"
SAME = ("scores.json", "history.csv", "hypotheses.txt", "model.safetensors")
SLURM = ("--profile", ROOT / "profiles" / "slurm", "--slurm-no-account", "--latency-wait", "10")
SLURM += ("--slurm-init-seconds-before-status-checks", "2")


@pytest.fixture(scope="module")
def slurm():
    """The environment in which Slurm's commands find the started daemons."""
    # All users must be able to reach Munge's socket, which pytest's own folders do not allow.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    # The daemons end with the block at the latest, even if some of them have not started.
    with started([HERE / "slurm.sh", "start", folder], folder, stdout=subprocess.PIPE, text=True) as starting:
        said = starting.stdout.readlines()
        if starting.wait() == 3:
            pytest.skip(said[-1].strip())
        assert starting.returncode == 0, said
        yield os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
        assert run([HERE / "slurm.sh", "stop", folder]).returncode == 0
    shutil.rmtree(folder, ignore_errors=True)


def cancel(job, environment):
    assert run(["scancel", job], env=environment).returncode == 0


def preempt(job, environment):
    """Let a job of higher priority take all GPUs; then do not let the preempted job wait for its two minutes."""
    urgent = run(
        ["sbatch", "--wait", "--partition=urgent", "--gpus=2", "--output=/dev/null", "--wrap=:"], env=environment
    )
    assert urgent.returncode == 0, urgent.stderr
    assert run(["scontrol", "update", f"JobId={job}", "StartTime=now"], env=environment).returncode == 0


def run_workflow(directory, environment, *arguments, held=None, target="table1", interrupt=cancel):
    """Run Snakemake on a target, and interrupt the job of the held run; return the folder of the results."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", directory]
    command += ["--configfile", CONFIGURATION, *arguments, "--", target]
    log = directory / "workflow.log"
    variables = environment | (held.environment if held else {})
    with open(log, "w") as stream, started(command, stdout=stream, stderr=stream, env=variables) as process:
        if held:
            assert wait_until(held.runs, process)
            (job,) = held.runs().values()
            interrupt(job, environment)
        assert process.wait() == 0, log.read_text()
    return directory / "results" / "cluster"


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The results of this machine alone."""
    return run_workflow(tmp_path_factory.mktemp("local"), os.environ, "--cores", "2")


def attempts(results, path):
    return json.loads((results / path / "manifest.json").read_text())["attempts"]


def most_runs_of_a_job(results):
    """Return the largest number of runs that shared a job and its GPU."""
    pairs = {(attempt["job"], path) for path in RUNS for attempt in attempts(results, path)}
    return max(Counter(job for job, _ in pairs).values())


def differing_files(results, local):
    """Return the files of the runs and of Table 1 whose content differs."""
    tables = sorted(path.relative_to(local) for path in (local / "tables").iterdir())
    assert {path.stem for path in tables} == {"measures", "table1"}
    files = [*(Path(path, name) for path in RUNS for name in SAME), *tables]
    return [path for path in files if (results / path).read_bytes() != (local / path).read_bytes()]


def test_the_slurm_executor_gives_the_tables_of_one_machine_though_a_job_is_cancelled(slurm, local, tmp_path):
    held = Held(tmp_path / "held", step=10, only=CANCELLED)
    results = run_workflow(tmp_path, slurm, *SLURM, held=held)
    assert differing_files(results, local) == []
    first, second = attempts(results, CANCELLED)
    assert first["end"] in (None, "signal")
    assert second["end"] == "finished"
    assert second["first_step"] > 0
    assert most_runs_of_a_job(results) == 1


def test_a_preempted_job_is_requeued_by_slurm_and_its_run_resumes(slurm, local, tmp_path):
    held = Held(tmp_path / "held", step=10)
    results = run_workflow(
        tmp_path, slurm, *SLURM, held=held, target=f"results/cluster/{PREEMPTED}/scores.json", interrupt=preempt
    )
    assert [
        name for name in SAME if (results / PREEMPTED / name).read_bytes() != (local / PREEMPTED / name).read_bytes()
    ] == []
    first, second = attempts(results, PREEMPTED)
    assert first["end"] in (None, "signal")
    assert (second["end"], second["job"]) == ("finished", first["job"])
    assert second["first_step"] > 0


def test_packed_jobs_that_time_limits_cut_give_the_tables_of_one_machine(slurm, local, tmp_path):
    held = Held(tmp_path / "held", step=15, only=CANCELLED, time_over_at=10)
    profile = ROOT / "profiles" / "cluster-generic"
    arguments = ("--profile", profile, "--cluster-generic-status-cmd", profile / "status-slurm", "--latency-wait", "10")
    arguments += ("--seconds-between-status-checks", "1")
    results = run_workflow(tmp_path, slurm, *arguments, held=held)
    assert differing_files(results, local) == []
    ends = {path: [attempt["end"] for attempt in attempts(results, path)] for path in RUNS}
    assert {found[0] for found in ends.values()} == {"time limit"}
    assert {found[-1] for found in ends.values()} == {"finished"}
    assert len(ends[CANCELLED]) > 2
    assert most_runs_of_a_job(results) == 2


def test_a_run_asks_slurm_when_its_job_ends(slurm):
    question = "import os; from erac_vaml.runs.stopping import seconds_left; print(seconds_left(None, 0.1))"
    answer = run(["srun", "--time=60", sys.executable, "-c", question], env=slurm)
    assert 0 < float(answer.stdout) < 3600, answer.stderr
