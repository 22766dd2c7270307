"""The workflow refuses to start if it would train finished runs again that nobody asked it to repeat."""

import base64
import json
import os
import shutil

import pytest
from calls import TINY, changed, plan, snakemake
from fake_results import usual_manifest

from erac_vaml.config import load_experiment
from erac_vaml.operations.outdated import EXIT_STATUS
from erac_vaml.plan import Plan
from erac_vaml.runs.lock import is_lock

pytestmark = pytest.mark.usefixtures("warm")

RAML = "results/tiny/runs/mt/raml/seed1/scores.json"
MLE = "results/tiny/runs/mt/mle/seed1/scores.json"
CRITIC = "results/tiny/runs/mt/critic/critic1/scores.json"
PLANNED = "results/tiny/planned.yaml"
Q_NETWORK = "results/tiny/runs/mt/q-network/critic1/scores.json"


@pytest.fixture
def other(tmp_path):
    """The experiment's configuration with another setting of RAML."""
    return changed(tmp_path / "other.yaml", lambda configuration: configuration["defaults"]["raml"].update(tau=0.5))


def content(directory):
    """Return the bytes and times of all files of the results except the lock, which counts how often it was taken."""
    paths = (path for path in (directory / "results").rglob("*") if path.is_file() and not is_lock(path.parent))
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def refused(done):
    return done.returncode == EXIT_STATUS and "would be trained again" in done.stderr


def test_another_setting_is_refused_in_one_message_before_anything_is_touched(finished, other):
    before = content(finished)
    done = snakemake(finished, configuration=other)
    assert refused(done)
    said, *ways = done.stderr.splitlines()[-5:]
    assert said.startswith("snakemake: 1 finished run would be trained again (other settings: 1): mt/raml/seed1.")
    commands = (f"erac-vaml plan --config {PLANNED}", "--yes", "--touch", "--forcerun train_raml ")
    for way, command in zip(ways, commands, strict=True):
        assert command in way
    assert "Traceback" not in done.stdout + done.stderr
    after = content(finished)
    assert after.pop(finished / PLANNED)
    assert after == before
    assert not list(finished.glob(".snakemake/locks/*"))


def test_settings_of_the_command_line_are_in_the_configuration_to_compare(finished):
    done = snakemake(finished, "--config", "recipe=paper")
    assert refused(done)
    assert load_experiment(finished / PLANNED).recipe == "paper"


def test_tables_alone_are_not_refused(finished, other):
    done = snakemake(finished, "table5", configuration=other)
    assert done.returncode == 0, done.stderr


def test_runs_that_follow_from_another_one_are_counted_too(finished, tmp_path):
    path = changed(
        tmp_path / "other.yaml", lambda configuration: configuration["defaults"]["mle"].update(batch_size=20)
    )
    done = snakemake(finished, configuration=path)
    assert refused(done)
    followers = sum(
        run.algorithm == "mle" or "actor" in run.parents for run in Plan(load_experiment(path)).runs.values()
    )
    assert f"{followers} finished runs would be trained again" in done.stderr


def test_newer_data_are_refused_and_touch_keeps_the_runs(finished):
    data = finished / "results/tiny/data/mini/train.npz"
    data.write_text("other")
    done = snakemake(finished)
    assert refused(done)
    assert "newer input files" in done.stderr
    assert snakemake(finished, "--touch").returncode == 0
    assert plan(finished).jobs == set()


def test_touch_writes_the_settings_that_later_runs_read(finished, tmp_path):
    def change(configuration):
        configuration["defaults"]["raml"].update(tau=0.5)
        configuration["defaults"]["seeds"] = {"critics": 2, "actors": 1}

    path = changed(tmp_path / "other.yaml", change)
    shutil.rmtree(finished / "results/tiny/settings/runs/mt/mle")
    assert snakemake(finished, RAML, MLE, "--touch", configuration=path).returncode == 0
    assert plan(finished, RAML, MLE, configuration=path).jobs == set()
    settings = load_experiment(finished / "results/tiny/settings/runs/mt/raml/seed1.yaml")
    assert settings.tasks["mt"].raml.tau == 0.5


def test_runs_repeated_on_purpose_and_those_that_follow_from_them_are_not_refused(finished):
    done = snakemake(finished, RAML, CRITIC, "--forcerun", "train_raml", MLE)
    assert done.returncode != EXIT_STATUS
    assert "would be trained again" not in done.stderr
    assert not (finished / MLE).exists()  # It was started, on made-up data.


def test_the_repetition_of_all_is_not_refused(finished):
    done = snakemake(finished, RAML, "--forceall")
    assert done.returncode != EXIT_STATUS
    assert "would be trained again" not in done.stderr


def test_a_run_that_snakemake_knows_to_be_incomplete_is_not_refused(finished):
    marker = finished / ".snakemake" / "incomplete" / base64.urlsafe_b64encode(RAML.encode()).decode()
    marker.write_text('{"external_jobid": null}')
    done = snakemake(finished, RAML, "--rerun-incomplete")
    assert done.returncode != EXIT_STATUS
    assert "would be trained again" not in done.stderr


def test_scores_that_are_not_whole_are_no_finished_run(finished, tmp_path):
    def change(configuration):
        for stage in ("mle", "raml", "q_network"):
            configuration["defaults"][stage].update(batch_size=20)

    (finished / Q_NETWORK).unlink()
    for path, left in ((finished / MLE, ""), (finished / RAML, '{"status": "begun"}')):
        times = os.stat(path)
        path.write_text(left)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    path = changed(tmp_path / "other.yaml", change)
    done = snakemake(finished, MLE, RAML, Q_NETWORK, configuration=path)
    assert done.returncode != EXIT_STATUS
    assert "would be trained again" not in done.stderr


def test_only_a_run_that_is_trained_over_keeps_its_checkpoints(finished):
    results, runs = finished / "results/tiny", Plan(load_experiment(TINY)).runs
    over, left = (
        results / runs[name].state_path / f"checkpoint-000001-{64 * '0'}.safetensors"
        for name in ("runs/mt/mle/seed1", "runs/mt/raml/seed1")
    )
    for path in (over, left):
        run = runs[f"runs/{path.parent.relative_to(results / 'state')}"]
        manifest = results / run.path / "manifest.json"
        times = os.stat(manifest)
        manifest.write_text(json.dumps(usual_manifest(run=str(run.path), files={})))
        os.utime(manifest, ns=(times.st_atime_ns, times.st_mtime_ns))
        path.parent.mkdir(parents=True)
        path.touch()
    os.utime(left, (0, 0))
    table = finished / "results/tiny/scores.csv"
    table.unlink()
    assert not refused(snakemake(finished, "results/tiny/scores.csv"))
    assert over.exists()
    assert not left.parent.exists()
