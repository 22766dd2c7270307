"""A cell: which of its runs count, and the statistics over them."""

import math

import pytest
from fake_results import make_experiment, scores_of, write_cell

from erac_vaml.plan import Plan, runs_of


def test_the_deviation_is_the_samples(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", [2.0, 4.0, 4.0, 6.0])
    cell = scores_of(experiment, tmp_path).algorithm("mt", "mle")
    assert (cell.mean, cell.min, cell.max) == (4.0, 2.0, 6.0)
    assert cell.std == pytest.approx((8 / 3) ** 0.5)


def test_diverged_and_missing_runs_are_counted_and_left_out(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "raml", [27.0, 28.0], diverged=3)
    cell = scores_of(experiment, tmp_path).algorithm("mt", "raml")
    assert (cell.n_finished, cell.n_diverged, cell.n_planned, cell.mean) == (2, 3, 9, 27.5)
    assert [run.name for run in cell.finished_runs] == ["seed1", "seed2"]
    assert cell.ended_scores.tolist() == [27.0, 28.0, -math.inf, -math.inf, -math.inf]


@pytest.mark.parametrize(
    ("algorithm", "finished", "diverged", "units"),
    [
        ("erac", 6, 3, (2, 1)),  # All runs of critic 3.
        ("erac", 5, 4, (2, 1)),  # And one of three of critic 2.
        ("erac", 4, 5, (1, 2)),  # And two of three of critic 2.
        ("erac", 1, 1, (0, 1)),  # One of two of critic 1; its third run and the other critics are missing.
        ("raml", 4, 5, (4, 5)),
        ("raml", 0, 0, (0, 0)),
    ],
)
def test_a_critic_has_diverged_if_half_of_its_ended_runs_have(tmp_path, algorithm, finished, diverged, units):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", algorithm, [27.0] * finished, diverged)
    assert scores_of(experiment, tmp_path).algorithm("mt", algorithm).ended_units == units


def test_one_run_has_no_deviation_and_none_has_no_mean(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", [28.0])
    scores = scores_of(experiment, tmp_path)
    one, none = scores.algorithm("mt", "mle"), scores.algorithm("mt", "raml")
    assert (one.mean, math.isnan(one.std)) == (28.0, True)
    assert (none.n_finished, none.n_planned, math.isnan(none.mean)) == (0, 9, True)


def test_runs_under_a_critic_are_one_unit_and_seeds_are_units_of_their_own():
    plan = Plan(make_experiment({"mt": {"seeds": {"critics": 2, "actors": 3}}}))
    erac, mle = plan.algorithm("mt", "erac"), plan.algorithm("mt", "mle")
    assert (erac.unit, erac.critic.tolist()) == ("critic", [1, 1, 1, 2, 2, 2])
    assert (mle.unit, mle.index.tolist(), mle.critic.tolist()) == ("seed", [1, 2, 3, 4, 5, 6], [1, 1, 1, 2, 2, 2])


def test_an_algorithm_that_the_experiment_lacks_has_no_runs_but_mle_actors_that_others_start_from_count():
    plan = Plan(make_experiment({"mt": {"algorithms": ["erac"]}}))
    assert (plan.algorithm("mt", "raml").runs, plan.algorithm("mt", "mle").n_planned) == ((), 9)


def test_runs_that_cells_share_are_listed_once():
    grid = {"task": "mt", "vary": {"actor_critic.tau": [0.0, 0.02]}}
    plan = Plan(make_experiment(ablations={"sweep": grid}))
    assert len(runs_of([plan.algorithm("mt", "ac"), *plan.grid("sweep")])) == 18
