"""Time and memory that cluster jobs request."""

import json

import pytest
from fake_results import attempt, finish_run, make_experiment, write_state

from erac_vaml.operations.requests import JobRequests, memory_mb
from erac_vaml.operations.timings import data_sizes
from erac_vaml.plan import Plan

TASK = {"seeds": {"critics": 1, "actors": 2}, "algorithms": ["mle", "erac"]}
MLE = "runs/mt/mle/seed1"


@pytest.fixture
def experiment():
    return make_experiment({"mt": TASK})


def test_requests_are_whole_within_limits_and_there_before_the_data(experiment, tmp_path):
    requests = JobRequests(Plan(experiment), tmp_path / "none")
    minutes = {run.stage: requests.minutes(run) for run in Plan(experiment).runs.values()}
    assert set(minutes.values()) == {30}
    paper = make_experiment({"mt": {"dataset": "big", **TASK}}, datasets={"big": {"kind": "iwslt14"}})
    asked = JobRequests(Plan(paper), tmp_path / "none")
    for run in Plan(paper).runs.values():
        assert 30 < asked.minutes(run) <= 1440
        assert asked.minutes(run) % 10 == asked.memory_mb(run) % 500 == 0
        assert 3_000 < asked.memory_mb(run) < 16_000


def test_requests_rest_on_measured_speeds_once_there_are_some(experiment, tmp_path):
    finish_run(experiment, tmp_path, MLE, seconds=6_000.0, epochs=30)
    run = Plan(experiment).runs["runs/mt/mle/seed2"]
    assert JobRequests(Plan(experiment), tmp_path).minutes(run) == 300


def test_more_memory_is_asked_for_after_failures_and_kills_but_not_after_budget_stops(experiment, tmp_path):
    run = Plan(experiment).runs[MLE]
    usual = memory_mb(run, data_sizes(experiment, tmp_path)["mini"])
    folder = write_state(tmp_path, run, [attempt("time limit"), attempt("signal")])
    assert JobRequests(Plan(experiment), tmp_path).memory_mb(run) == usual
    ends = [attempt("failed"), attempt(None), attempt("time limit")]
    (folder / "attempts.json").write_text(json.dumps([vars(one) for one in ends]))
    assert JobRequests(Plan(experiment), tmp_path).memory_mb(run) == 3 * usual
    (folder / "attempts.json").write_text(json.dumps([vars(attempt("failed"))] * 20))
    assert JobRequests(Plan(experiment), tmp_path).memory_mb(run) == 4 * usual
