"""The status of runs, read from the files that they write."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
import yaml
from fake_results import attempt, here, make_experiment, write_cell, write_run, write_state

from erac_vaml.operations.console import make_console
from erac_vaml.operations.status import as_json, is_settled, read_status
from erac_vaml.operations.status_view import overview, watch
from erac_vaml.plan import Plan

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JUST_NOW, LONG_AGO = "2026-01-01T11:59:30+00:00", "2026-01-01T11:40:00+00:00"
MLE, ERAC = "runs/mt/mle/seed1", "runs/mt/erac/critic1-actor1"


@pytest.fixture
def experiment():
    return make_experiment({"mt": {"seeds": {"critics": 1, "actors": 2}, "algorithms": ["mle", "vaml", "erac"]}})


def status(experiment, results, path=MLE):
    (found,) = (status for status in read_status(Plan(experiment), results, NOON) if str(status.run.path) == path)
    return found


def run(experiment, path=MLE):
    return Plan(experiment).runs[path]


def gone():
    """Return the number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_run_waits_for_the_runs_that_it_starts_from(experiment, tmp_path):
    assert (status(experiment, tmp_path).state, status(experiment, tmp_path).waits_for) == ("waiting", ())
    assert status(experiment, tmp_path, ERAC).waits_for == (MLE, "runs/mt/critic/critic1")
    write_run(tmp_path, run(experiment))
    assert status(experiment, tmp_path, ERAC).waits_for == ("runs/mt/critic/critic1",)


def test_a_run_that_told_where_it_stands_within_two_minutes_is_running(experiment, tmp_path):
    write_state(tmp_path, run(experiment), [attempt()], JUST_NOW)
    found = status(experiment, tmp_path)
    assert found.state == "running"
    assert (found.epoch, found.max_epochs, found.batch, found.batches) == (3, 10, 10, 60)
    assert (found.measure, found.latest, found.best) == ("valid_bleu", 19.5, 20.0)
    assert found.seconds_left == 0.5 * (600 - 130)
    assert (found.attempts, found.failures) == (1, 0)


def test_a_run_that_has_only_just_begun_is_running(experiment, tmp_path):
    write_state(tmp_path, run(experiment), [attempt(started=JUST_NOW)])
    assert status(experiment, tmp_path).state == "running"


def test_a_run_that_tells_nothing_any_more_was_killed(experiment, tmp_path):
    write_state(tmp_path, run(experiment), [attempt()], LONG_AGO)
    found = status(experiment, tmp_path)
    assert (found.state, found.reason, found.step) == ("stopped", "killed", 130)
    assert (found.attempts, found.budget_stops, found.failures) == (1, 0, 1)


def test_a_run_that_decodes_may_be_silent_for_longer(experiment, tmp_path):
    write_state(tmp_path, run(experiment), [attempt()], LONG_AGO, phase="validating", epoch=2, step=180, batch=60)
    found = status(experiment, tmp_path)
    assert (found.state, found.phase, found.epoch) == ("running", "validating", 3)


def test_on_this_machine_the_process_tells(experiment, tmp_path):
    first, second = run(experiment), run(experiment, "runs/mt/mle/seed2")
    write_state(tmp_path, first, [here(gone())], JUST_NOW)
    write_state(tmp_path, second, [here(os.getpid())], JUST_NOW)
    assert status(experiment, tmp_path).reason == "killed"
    assert status(experiment, tmp_path, str(second.path)).state == "running"


@pytest.mark.parametrize(("end", "why"), [("time limit", "its time is over"), ("signal", "signal SIGTERM")])
def test_a_run_out_of_its_budget_was_stopped_and_has_not_failed(experiment, tmp_path, end, why):
    write_state(tmp_path, run(experiment), [attempt("failed", "UserError: x"), attempt(end, why)], LONG_AGO)
    found = status(experiment, tmp_path)
    assert (found.state, found.reason) == ("stopped", why)
    assert (found.attempts, found.budget_stops, found.failures) == (2, 1, 1)


def test_a_failed_run_says_why_and_where_its_log_is(experiment, tmp_path):
    write_state(tmp_path, run(experiment), [attempt("failed", "UserError: out of memory on cuda:0")], LONG_AGO)
    found = status(experiment, tmp_path)
    assert (found.state, found.reason) == ("failed", "out of memory on cuda:0")
    assert found.log == str(tmp_path / "logs/runs/mt/mle/seed1.log")


def test_a_finished_run_has_its_score_and_its_attempts(experiment, tmp_path):
    ends = [asdict(attempt("time limit")), asdict(attempt("finished"))]
    write_run(tmp_path, run(experiment), 27.5, manifest={"attempts": ends})
    found = status(experiment, tmp_path)
    assert (found.state, found.measure, found.score) == ("finished", "test_bleu", 27.5)
    assert (found.attempts, found.budget_stops, found.failures) == (2, 1, 0)


def test_a_critic_has_its_own_measure(experiment, tmp_path):
    critic = run(experiment, "runs/mt/critic/critic1")
    write_run(tmp_path, critic, test_bleu=None, valid_bleu=30.0, valid_td_error=0.125)
    assert status(experiment, tmp_path, str(critic.path)).score == 0.125


def test_a_diverged_run_says_when_and_why(experiment, tmp_path):
    write_run(tmp_path, run(experiment), status="diverged")
    found = status(experiment, tmp_path)
    assert (found.state, found.epoch, found.step, found.reason) == ("diverged", 2, 120, "the loss is nan")


@pytest.mark.parametrize("name", ["scores.json", "manifest.json"])
@pytest.mark.parametrize("content", ["{", "", "[]", "[" * 10**5, '{"status": "finished", "epochs": "many"}'])
def test_damaged_scores_are_a_failure_and_no_traceback(experiment, tmp_path, name, content):
    folder = write_run(tmp_path, run(experiment))
    (folder / name).write_text(content)
    found = status(experiment, tmp_path)
    assert found.state == "failed"
    assert found.reason.startswith(f"{name}: ")


def test_edited_scores_and_exchanged_folders_are_failures(experiment, tmp_path):
    folder = write_run(tmp_path, run(experiment), 27.5)
    (folder / "scores.json").write_text((folder / "scores.json").read_text().replace("27.5", "99.5"))
    assert status(experiment, tmp_path).reason.startswith("scores.json: was changed: its SHA-256")
    folder = write_run(tmp_path, run(experiment, "runs/mt/mle/seed2"))
    folder.rename(tmp_path / "aside")
    (tmp_path / MLE).rename(folder)
    (tmp_path / "aside").rename(tmp_path / MLE)
    assert status(experiment, tmp_path).reason.startswith("manifest.json: belongs to runs/mt/mle/seed2; put that")


def test_a_finished_run_whose_files_the_workflow_lost_goes_on_by_putting_them_back(experiment, tmp_path):
    kept = tmp_path / run(experiment).state_path / "finished"
    kept.mkdir(parents=True)
    (kept / "scores.json").write_text("{}")
    assert status(experiment, tmp_path).state == "stopped"


def test_nothing_is_left_to_do_when_all_runs_ended_failed_or_wait_for_one_that_failed(experiment, tmp_path):
    runs = Plan(experiment).runs
    for path, planned in runs.items():
        if "critic1" not in path:
            write_run(tmp_path, planned)
    write_run(tmp_path, runs["runs/mt/q-network/critic1"])
    for number in (1, 2):
        write_run(tmp_path, runs[f"runs/mt/vaml/critic1-actor{number}"])
    assert not is_settled(read_status(Plan(experiment), tmp_path, NOON))
    write_state(tmp_path, runs["runs/mt/critic/critic1"], [attempt("failed", "x")])
    assert is_settled(read_status(Plan(experiment), tmp_path, NOON))


def test_the_keys_of_the_json_are_stable(experiment, tmp_path):
    found = as_json(experiment, tmp_path, read_status(Plan(experiment), tmp_path, NOON), NOON)
    assert set(found) == {"experiment", "results", "time", "runs_by_state", "runs"}
    assert found["runs_by_state"]["waiting"] == 8
    assert set(found["runs"][0]) == {
        *("run", "task", "algorithm", "name", "stage", "state", "waits_for", "reason", "phase", "epoch", "max_epochs"),
        *("batch", "batches", "step", "measure", "latest", "best", "score", "seconds_left"),
        *("attempts", "budget_stops", "failures", "log"),
    }
    json.dumps(found)


def shown(capsys, experiment, results, **options):
    make_console().print(overview(experiment, results, read_status(Plan(experiment), results, NOON), **options))
    return capsys.readouterr().out


@pytest.mark.parametrize("bars", [False, True])
def test_the_table_groups_what_is_finished_and_shows_what_moves(experiment, tmp_path, capsys, bars):
    write_cell(tmp_path, experiment, "mt", "mle", [20.0, 30.0])
    runs = Plan(experiment).runs
    write_state(tmp_path, runs["runs/mt/critic/critic1"], [attempt("failed", "out of memory")], LONG_AGO)
    write_state(tmp_path, runs["runs/mt/q-network/critic1"], [attempt("signal", "x"), attempt()], JUST_NOW)
    text = shown(capsys, experiment, tmp_path, bars=bars)
    assert "fake: 2 of 8 runs done, 1 running, 4 waiting, 1 failed" in text
    (mle,) = (line for line in text.splitlines() if line.startswith("mt/mle "))
    assert "2/2" in mle
    assert mle.rstrip().endswith("test BLEU 25.00 (20.00 to 30.00)")
    (moves,) = (line for line in text.splitlines() if line.startswith("mt/q-network/critic1"))
    assert [part in moves for part in ("3/10", "10/60", "BLEU 19.50", "20.00", "4 min", "2 (1 stopped)")] == [True] * 6
    (failed,) = (line for line in text.splitlines() if line.startswith("mt/critic/critic1"))
    assert "out of memory" in failed
    assert "logs/runs/mt/critic/critic1.log" in failed
    assert "mt/mle/seed1" not in text


def test_watching_ends_when_nothing_is_left_to_do(experiment, tmp_path, capsys, monkeypatch):
    looks = [read_status(Plan(experiment), tmp_path, NOON)]
    for planned in Plan(experiment).runs.values():
        write_run(tmp_path, planned)
    looks.append(read_status(Plan(experiment), tmp_path, NOON))
    monkeypatch.setattr("erac_vaml.operations.console.time.sleep", lambda seconds: None)
    watch(experiment, tmp_path, lambda: looks.pop(0))
    assert looks == []
    assert "8 of 8 runs done" in capsys.readouterr().out


def test_ctrl_c_ends_watching_in_silence(experiment, tmp_path, capsys, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("erac_vaml.operations.console.time.sleep", interrupted)
    watch(experiment, tmp_path, lambda: read_status(Plan(experiment), tmp_path, NOON))
    assert "0 of 8 runs done" in capsys.readouterr().out


def test_the_command_answers_without_torch(tmp_path):
    configuration = {"name": "x", "datasets": {"mini": {"kind": "mini"}}, "tasks": {"mt": {"dataset": "mini"}}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration))
    code = (
        "import sys; from erac_vaml.cli.app import app; app(['status', '--json'], standalone_mode=False); "
        "print('torch' in sys.modules, 'pandas' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["False", "False"]
    assert json.loads(done.stdout)["runs_by_state"]["finished"] == 0
