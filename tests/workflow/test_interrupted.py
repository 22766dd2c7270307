"""A workflow that is killed, interrupted or started twice loses nothing that was trained."""

import json
import os
import signal
import subprocess
import sys

import pytest
import yaml
from calls import ROOT, TINY, snakemake
from processes import started, wait_until
from steps import Held

pytestmark = pytest.mark.slow


@pytest.fixture
def configuration(tmp_path):
    """Two runs of MLE, which write a checkpoint at every step."""
    content = yaml.safe_load(TINY.read_text(encoding="utf-8"))
    content["datasets"]["mini"] |= {"train_pairs": 200}
    content["defaults"] |= {
        "mle": {"max_epochs": 3, "batch_size": 20},
        "seeds": {"critics": 1, "actors": 2},
    }
    content["tasks"]["mt"]["algorithms"] = ["mle"]
    del content["ablations"]
    content["execution"] = {"checkpoint_minutes": 1e-6}
    path = tmp_path / "short.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture
def held(tmp_path):
    """The runs, each of which waits in its second epoch until it is released."""
    return Held(tmp_path / "held", step=15)


def workflow(directory, configuration, **options):
    """Start the workflow with one job at a time, in a process group of its own."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", directory]
    command += ["--configfile", configuration, "--cores", "1", "--", "table1"]
    return started(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


@pytest.fixture
def first(tmp_path, configuration, held):
    """A workflow with one run that is finished and one that is held, with checkpoints."""
    with workflow(tmp_path, configuration, env=os.environ | held.environment) as process:
        assert wait_until(held.runs, process)
        release(held)
        assert wait_until(held.runs, process)
        yield process


def release(held):
    (run,) = held.runs()
    held.release(run)


def finished_files(directory):
    """Files of the runs that are finished, with their bytes and when they were written."""
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for scores in directory.glob("results/tiny/runs/mt/mle/*/scores.json")
        for path in scores.parent.iterdir()
    }


def attempts_of_other_run(directory, before):
    """The attempts at the run that was not finished before."""
    (manifest,) = (path for path in directory.glob("results/tiny/runs/mt/mle/*/manifest.json") if path not in before)
    return json.loads(manifest.read_text())["attempts"]


def test_a_killed_workflow_goes_on_and_trains_nothing_again(tmp_path, configuration, first):
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    before = finished_files(tmp_path)
    assert snakemake(tmp_path, "table1", configuration=configuration).returncode != 0, "the lock is still there"
    assert snakemake(tmp_path, "--unlock", configuration=configuration).returncode == 0
    again = snakemake(tmp_path, "table1", configuration=configuration)
    assert again.returncode == 0, again.stderr
    assert {path: found for path, found in finished_files(tmp_path).items() if path in before} == before
    killed, last = attempts_of_other_run(tmp_path, before)
    assert (killed["end"], last["end"]) == (None, "finished")
    assert last["first_step"] > 0


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


def test_a_run_that_ends_after_its_workflow_was_killed_is_not_trained_again(tmp_path, configuration, first, held):
    first.kill()
    first.wait()
    release(held)
    assert wait_until(lambda: len(list(tmp_path.glob("results/tiny/state/mt/mle/*/finished/scores.json"))) == 2)
    before = {path: data for path, (data, _) in finished_files(tmp_path).items()}
    assert snakemake(tmp_path, "--unlock", configuration=configuration).returncode == 0
    again = snakemake(tmp_path, "table1", configuration=configuration)
    assert again.returncode == 0, again.stderr
    # Manifests name each attempt: none was added.
    assert {path: data for path, (data, _) in finished_files(tmp_path).items()} == before
    assert not list(tmp_path.glob("results/tiny/state/mt/mle/*/finished"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_workflow_leaves_a_checkpoint_to_go_on_from(tmp_path, configuration, first, number):
    os.killpg(first.pid, number)
    assert first.wait() != 0
    before = finished_files(tmp_path)
    again = snakemake(tmp_path, "table1", configuration=configuration)
    assert again.returncode == 0, again.stderr
    stopped, last = attempts_of_other_run(tmp_path, before)
    assert (stopped["end"], last["end"]) == ("signal", "finished")
    assert last["first_step"] >= stopped["last_step"] > 0


def test_a_second_workflow_on_the_same_results_is_told_and_harms_nothing(tmp_path, configuration, first, held):
    before = finished_files(tmp_path) | {
        tmp_path / "results/tiny/config.yaml": (tmp_path / "results/tiny/config.yaml").read_bytes()
    }
    second = snakemake(tmp_path, "table1", configuration=configuration)
    assert second.returncode != 0
    assert "cannot be locked" in second.stdout + second.stderr
    same_configuration = snakemake(tmp_path, "table5", configuration=configuration)
    assert same_configuration.returncode != 0
    assert "cannot be locked" in same_configuration.stdout + same_configuration.stderr
    content = yaml.safe_load(configuration.read_text(encoding="utf-8"))
    content["datasets"]["other"] = content["datasets"]["mini"]
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    other_files = snakemake(tmp_path, "results/tiny/data/other/test.npz", configuration=tmp_path / "other.yaml")
    assert other_files.returncode == 2
    assert "another workflow is at work on results/tiny" in other_files.stderr
    partial = snakemake(tmp_path, "partial", configuration=configuration)
    assert partial.returncode == 0, partial.stderr
    assert (tmp_path / "results/tiny/config.yaml").read_bytes() == before.pop(tmp_path / "results/tiny/config.yaml")
    release(held)
    assert first.wait() == 0
    assert {path: found for path, found in finished_files(tmp_path).items() if path in before} == before
    (only,) = attempts_of_other_run(tmp_path, before)
    assert (only["first_step"], only["end"]) == (0, "finished")


def test_what_is_edited_while_a_workflow_trains_changes_no_run_that_was_planned(tmp_path, configuration, held):
    content = yaml.safe_load(configuration.read_text(encoding="utf-8"))
    with workflow(tmp_path, configuration, env=os.environ | held.environment) as process:
        assert wait_until(held.runs, process)
        content["defaults"]["mle"] |= {"batch_size": 30}
        for path in (configuration, tmp_path / "results/tiny/config.yaml"):
            path.write_text(yaml.safe_dump(content), encoding="utf-8")
        for _ in range(2):
            assert wait_until(held.runs, process)
            release(held)
        assert process.wait() == 0
    manifests = [json.loads(path.read_text()) for path in tmp_path.glob("results/tiny/runs/mt/mle/*/manifest.json")]
    assert [manifest["settings"]["mle.batch_size"] for manifest in manifests] == [20, 20]
