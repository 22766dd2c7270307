"""scores.csv: one row for each planned run, and the statistics over them."""

import math

import pandas as pd
import pytest
from fake_results import make_experiment, write_cell, write_run

from erac_vaml.errors import UserError
from erac_vaml.plan import algorithm_runs, plan_runs
from erac_vaml.reporting.scores import COLUMNS, collect_scores, rows_of, write_scores
from erac_vaml.reporting.statistics import summarise


def runs_of(experiment, algorithm):
    return algorithm_runs(experiment, "mt", algorithm)


def test_every_planned_run_has_a_row_in_the_plans_order(tmp_path):
    experiment = make_experiment()
    scores = collect_scores(experiment, tmp_path)
    found = [f"runs/{row.task}/{row.algorithm}/{row.run}" for row in scores.itertuples()]
    assert found == list(plan_runs(experiment))
    assert set(scores["status"]) == {"missing"}


def test_a_row_holds_the_scores_and_the_divergence(tmp_path):
    experiment = make_experiment()
    first, second = runs_of(experiment, "erac")[:2]
    write_run(tmp_path, first, 28.25, valid_bleu=29.5)
    write_run(tmp_path, second, status="diverged")
    write_scores(experiment, tmp_path)
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert tuple(scores.columns) == COLUMNS
    one, two = (rows_of(scores, [run]).iloc[0] for run in (first, second))
    assert (one["status"], one["test_bleu"], one["valid_bleu"], one["best_epoch"]) == ("finished", 28.25, 29.5, 3)
    assert math.isnan(one["diverged_epoch"])
    assert (two["status"], two["diverged_epoch"], two["diverged_step"]) == ("diverged", 2, 120)
    assert two["diverged_reason"] == "the loss is nan"


def test_the_counts_are_written_as_whole_numbers(tmp_path):
    experiment = make_experiment()
    write_run(tmp_path, runs_of(experiment, "mle")[0])
    write_scores(experiment, tmp_path)
    assert ",3,4,240," in (tmp_path / "scores.csv").read_text()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read"),
        ("[]", '"status"'),
        ('{"test_bleu": 1.0}', '"status"'),
        ('{"status": "running"}', '"status"'),
        ('{"status": "finished", "test_bleu": "28"}', "test_bleu is '28'"),
        ('{"status": "diverged", "diverged": 3}', '"diverged"'),
    ],
)
def test_a_damaged_scores_json_is_named_and_leaves_scores_csv_as_it_was(tmp_path, content, told):
    experiment = make_experiment()
    write_scores(experiment, tmp_path)
    before = (tmp_path / "scores.csv").read_bytes()
    run = runs_of(experiment, "mle")[0]
    folder = write_run(tmp_path, run)
    (folder / "scores.json").write_text(content)
    with pytest.raises(UserError, match=told) as raised:
        write_scores(experiment, tmp_path)
    assert str(run.path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert (tmp_path / "scores.csv").read_bytes() == before


def test_the_deviation_is_the_samples():
    scores = pd.DataFrame({"status": ["finished"] * 4, "test_bleu": [2.0, 4.0, 4.0, 6.0]})
    summary = summarise(scores, "test_bleu")
    assert (summary.mean, summary.min, summary.max) == (4.0, 2.0, 6.0)
    assert summary.std == pytest.approx((8 / 3) ** 0.5)


def test_diverged_and_missing_runs_are_counted_and_left_out(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "raml", [27.0, 28.0], diverged=3)
    scores = collect_scores(experiment, tmp_path)
    summary = summarise(rows_of(scores, runs_of(experiment, "raml")), "test_bleu")
    assert (summary.n, summary.n_diverged, summary.n_planned, summary.mean) == (2, 3, 9, 27.5)


def test_one_run_has_no_deviation_and_none_has_no_mean():
    rows = pd.DataFrame({"status": ["finished", "missing"], "test_bleu": [28.0, math.nan]})
    one, none = summarise(rows, "test_bleu"), summarise(rows[1:], "test_bleu")
    assert (one.mean, math.isnan(one.std)) == (28.0, True)
    assert (none.n, none.n_planned, math.isnan(none.mean)) == (0, 1, True)
