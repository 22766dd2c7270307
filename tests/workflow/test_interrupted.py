"""A workflow that is killed, interrupted, edited or started twice loses nothing that was trained."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from calls import ROOT, changed, snakemake
from processes import started, wait_until
from steps import Held

from erac_vaml.cli.warm import ADDRESS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]


def shorten(configuration):
    """Leave two runs of MLE of 30 steps, which write a checkpoint at every step."""
    configuration["datasets"]["mini"].update(train_pairs=200)
    configuration["defaults"].update(mle={"max_epochs": 3, "batch_size": 20}, seeds={"critics": 1, "actors": 2})
    configuration["tasks"]["mt"].update(algorithms=["mle"])
    configuration.update(ablations={}, execution={"checkpoint_minutes": 1e-6})


@pytest.fixture
def configuration(tmp_path):
    return changed(tmp_path / "short.yaml", shorten)


@pytest.fixture
def held(tmp_path):
    """Makes each run wait in its second epoch until it is released."""
    return Held(tmp_path / "held", step=15)


@pytest.fixture
def records(request):
    """The options that choose where Snakemake records what it does."""
    return ["--persistence-backend", getattr(request, "param", "file")]


both_kinds_of_records = pytest.mark.parametrize("records", ["file", "db"], indirect=True)


def workflow(directory, configuration, *arguments, env=None):
    """Start the workflow with one job at a time, in a process group of its own, and not warm: it may be killed."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", directory]
    command += ["--configfile", configuration, "--cores", "1", *arguments, "--", "table1"]
    environment = {name: value for name, value in (env or os.environ).items() if name != ADDRESS}
    return started(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


@pytest.fixture
def first(tmp_path, configuration, held, records):
    """A workflow that has finished one run and whose other run is held, with checkpoints."""
    with workflow(tmp_path, configuration, *records, env=os.environ | held.environment) as process:
        assert wait_until(held.runs, process)
        release(held)
        assert wait_until(held.runs, process)
        yield process


def release(held):
    (run,) = held.runs()
    held.release(run)


def finished_files(directory):
    """Return the bytes and times of the files of the finished runs."""
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for scores in directory.glob("results/tiny/runs/mt/mle/*/scores.json")
        for path in scores.parent.iterdir()
    }


def attempts_of_other_run(directory, before):
    """Return the attempts at the run that was not finished before."""
    (manifest,) = (path for path in directory.glob("results/tiny/runs/mt/mle/*/manifest.json") if path not in before)
    return json.loads(manifest.read_text())["attempts"]


@both_kinds_of_records
def test_an_interrupted_or_killed_workflow_goes_on_and_trains_nothing_again(tmp_path, configuration, first, records):
    os.killpg(first.pid, signal.SIGINT)
    assert first.wait() != 0
    before = finished_files(tmp_path)
    for number, step in ((signal.SIGTERM, 20), (signal.SIGKILL, 25)):
        held = Held(tmp_path / f"held at {step}", step)
        with workflow(tmp_path, configuration, *records, env=os.environ | held.environment) as process:
            assert wait_until(held.runs, process)
            os.killpg(process.pid, number)
            assert process.wait() != 0
    assert snakemake(tmp_path, "table1", *records, configuration=configuration).returncode != 0, "the lock is there"
    assert snakemake(tmp_path, "--unlock", *records, configuration=configuration).returncode == 0
    again = snakemake(tmp_path, "table1", *records, configuration=configuration)
    assert again.returncode == 0, again.stderr
    assert {path: found for path, found in finished_files(tmp_path).items() if path in before} == before
    attempts = attempts_of_other_run(tmp_path, before)
    assert [attempt["end"] for attempt in attempts] == ["signal", "signal", None, "finished"]
    interrupted, terminated, killed, last = attempts
    assert 0 < interrupted["last_step"] <= terminated["first_step"]
    assert 0 < terminated["last_step"] <= killed["first_step"] < last["first_step"]


def test_a_run_that_outlives_its_workflow_is_waited_for_and_its_result_taken(tmp_path, configuration, first, held):
    first.kill()
    first.wait()
    before = finished_files(tmp_path)
    assert snakemake(tmp_path, "--unlock", configuration=configuration).returncode == 0
    (run,) = held.runs()
    log = tmp_path / "results" / "tiny" / "logs" / f"{run}.log"
    with workflow(tmp_path, configuration) as again:
        assert wait_until(lambda: log.exists() and "Waiting: process" in log.read_text(), again)
        release(held)
        assert again.wait() == 0
    assert {path: found for path, found in finished_files(tmp_path).items() if path in before} == before
    (only,) = attempts_of_other_run(tmp_path, before)
    assert (only["first_step"], only["end"]) == (0, "finished")


@both_kinds_of_records
def test_a_run_that_ends_after_its_workflow_was_killed_is_not_trained_again(
    tmp_path, configuration, first, held, records
):
    first.kill()
    first.wait()
    release(held)
    assert wait_until(lambda: len(list(tmp_path.glob("results/tiny/state/mt/mle/*/finished/scores.json"))) == 2)
    before = {path: data for path, (data, _) in finished_files(tmp_path).items()}
    assert snakemake(tmp_path, "--unlock", *records, configuration=configuration).returncode == 0
    # A workflow that needs no run knows nothing of them, and leaves what restores them.
    assert snakemake(tmp_path, "table5", *records, configuration=configuration).returncode == 0
    assert len(list(tmp_path.glob("results/tiny/state/mt/mle/*/finished/scores.json"))) == 2
    again = snakemake(tmp_path, "table1", *records, configuration=configuration)
    assert again.returncode == 0, again.stderr
    # Manifests name each attempt: none was added.
    assert {path: data for path, (data, _) in finished_files(tmp_path).items()} == before
    assert not list(tmp_path.glob("results/tiny/state/mt/mle/*/finished"))


def test_a_second_workflow_on_the_same_results_is_told_and_harms_nothing(tmp_path, configuration, first, held):
    before, configured = finished_files(tmp_path), tmp_path / "results/tiny/config.yaml"
    # Snakemake may write it before or after the runs.
    written = configured.read_bytes() if configured.exists() else None
    for target in ("table1", "table5"):
        second = snakemake(tmp_path, target, configuration=configuration)
        assert second.returncode != 0
        assert "cannot be locked" in second.stdout + second.stderr
    other = changed(
        tmp_path / "other.yaml", shorten, lambda content: content["datasets"].update(other={"kind": "mini"})
    )
    other_files = snakemake(tmp_path, "results/tiny/data/other/test.npz", configuration=other)
    assert other_files.returncode == 2
    assert "another workflow is at work on results/tiny" in other_files.stderr
    partial = snakemake(tmp_path, "partial", configuration=configuration)
    assert partial.returncode == 0, partial.stderr
    assert (configured.read_bytes() if configured.exists() else None) == written
    release(held)
    assert first.wait() == 0
    assert {path: found for path, found in finished_files(tmp_path).items() if path in before} == before
    (only,) = attempts_of_other_run(tmp_path, before)
    assert (only["first_step"], only["end"]) == (0, "finished")


def test_what_is_edited_while_a_workflow_trains_changes_no_run_that_was_planned(tmp_path, configuration, held):
    with workflow(tmp_path, configuration, env=os.environ | held.environment) as process:
        assert wait_until(held.runs, process)
        changed(configuration, shorten, lambda content: content["defaults"]["mle"].update(batch_size=30))
        shutil.copy(configuration, tmp_path / "results/tiny/config.yaml")
        for _ in range(2):
            assert wait_until(held.runs, process)
            release(held)
        assert process.wait() == 0
    manifests = [json.loads(path.read_text()) for path in tmp_path.glob("results/tiny/runs/mt/mle/*/manifest.json")]
    assert [manifest["settings"]["mle.batch_size"] for manifest in manifests] == [20, 20]
