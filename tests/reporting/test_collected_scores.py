"""scores.csv: one row for each planned run, read back as it was written."""

import math

import pandas as pd
import pytest
from fake_results import make_experiment, scores_of, seal, write_cell, write_run

from erac_vaml.errors import UserError
from erac_vaml.plan import Plan, algorithm_runs
from erac_vaml.reporting.collected_scores import COLUMNS, collect_scores, load_scores, scores_of_runs


def runs_of(experiment, algorithm):
    return algorithm_runs(experiment, "mt", algorithm)


def assert_same_rows(first, second):
    """Check that both have the same rows; a column without any value has no type of its own."""
    tables = [scores.rows.dropna(axis="columns", how="all").convert_dtypes() for scores in (first, second)]
    pd.testing.assert_frame_equal(*tables)


def test_every_planned_run_has_a_row_in_the_plans_order(tmp_path):
    experiment = make_experiment()
    rows = scores_of(experiment, tmp_path).rows
    found = [f"runs/{row.task}/{row.algorithm}/{row.run}" for row in rows.itertuples()]
    assert found == list(Plan(experiment).runs) == list(rows.index)
    assert set(rows["status"]) == {"missing"}


def test_a_row_holds_the_scores_and_the_divergence(tmp_path):
    experiment = make_experiment()
    first, second = runs_of(experiment, "erac")[:2]
    write_run(tmp_path, first, 28.25, valid_bleu=29.5)
    write_run(tmp_path, second, status="diverged")
    scores_of(experiment, tmp_path)
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert tuple(scores.columns) == COLUMNS
    one, two = (
        scores[(scores["algorithm"] == "erac") & (scores["run"] == run.name)].iloc[0] for run in (first, second)
    )
    assert (one["status"], one["test_bleu"], one["valid_bleu"], one["best_epoch"]) == ("finished", 28.25, 29.5, 3)
    assert math.isnan(one["diverged_epoch"])
    assert (two["status"], two["diverged_epoch"], two["diverged_step"]) == ("diverged", 2, 120)
    assert two["diverged_reason"] == "the loss is nan"


def test_the_counts_are_written_as_whole_numbers(tmp_path):
    experiment = make_experiment()
    write_run(tmp_path, runs_of(experiment, "mle")[0])
    scores_of(experiment, tmp_path)
    assert ",3,4,240," in (tmp_path / "scores.csv").read_text()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "Invalid JSON"),
        ("[]", "should be an object"),
        ('{"test_bleu": 1.0}', "status: "),
        ('{"status": "running"}', "status: "),
        ('{"status": "finished", "test_bleu": "28"}', "a valid number|task: "),
        ('{"status": "diverged", "diverged": 3}', "task: |diverged: "),
    ],
)
def test_a_damaged_scores_json_is_named_and_leaves_scores_csv_as_it_was(tmp_path, content, told):
    experiment = make_experiment()
    scores_of(experiment, tmp_path)
    before = (tmp_path / "scores.csv").read_bytes()
    run = runs_of(experiment, "mle")[0]
    folder = write_run(tmp_path, run)
    (folder / "scores.json").write_text(content)
    seal(folder)
    with pytest.raises(UserError, match=rf"scores\.json: .*({told})") as raised:
        scores_of(experiment, tmp_path)
    assert str(run.path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert (tmp_path / "scores.csv").read_bytes() == before


def test_scores_are_read_back_as_they_were_collected(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "raml", [27.0 + 1 / 3, 28.1], diverged=3)
    collected, loaded = scores_of(experiment, tmp_path), load_scores(Plan(experiment), tmp_path)
    assert_same_rows(collected, loaded)


@pytest.mark.parametrize("task", ["2014", "007", "1e5", "true", "nan", "null", "none"])
def test_a_task_may_be_named_like_a_number_or_a_missing_value(tmp_path, task):
    experiment = make_experiment({task: {}})
    write_cell(tmp_path, experiment, task, "raml", [27.0, 28.0])
    collected, loaded = scores_of(experiment, tmp_path), load_scores(Plan(experiment), tmp_path)
    assert_same_rows(collected, loaded)
    assert loaded.algorithm(task, "raml").mean == 27.5


def test_a_table_reads_its_own_runs_alone(tmp_path):
    experiment = make_experiment({"mt": {}, "broken": {}})
    write_cell(tmp_path, experiment, "mt", "raml", [27.0, 28.0])
    damaged = algorithm_runs(experiment, "broken", "raml")[0]
    (write_run(tmp_path, damaged) / "scores.json").write_text("{")
    plan = Plan(experiment)
    cell = plan.algorithm("mt", "raml")
    assert scores_of_runs(plan, tmp_path, cell.runs).algorithm("mt", "raml").mean == 27.5
    with pytest.raises(KeyError):
        scores_of_runs(plan, tmp_path, cell.runs).algorithm("mt", "vaml")
    with pytest.raises(UserError, match="broken/raml/seed1"):
        collect_scores(plan, tmp_path)
