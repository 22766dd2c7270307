"""The contrast of two cells, run against run."""

import numpy as np
import pytest
from fake_results import make_experiment, scores_of, write_cell, write_run

from erac_vaml.plan import algorithm_runs, pairs
from erac_vaml.verdict.contrast import compare


def test_runs_of_equal_index_are_pairs_and_critics_their_units(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", np.arange(20.0, 29.0))
    for run in algorithm_runs(experiment, "mt", "erac")[2:6]:
        write_run(tmp_path, run, 30.0 + run.seed)
    scores = scores_of(experiment, tmp_path)
    erac, mle = scores.algorithm("mt", "erac"), scores.algorithm("mt", "mle")
    values, units = pairs([erac, mle])
    assert values.tolist() == [[33.0, 22.0], [34.0, 23.0], [35.0, 24.0], [36.0, 25.0]]
    assert units.tolist() == [1, 2, 2, 2]
    assert pairs([mle, mle])[1].tolist() == list(range(1, 10))


def test_a_comparison_is_that_of_the_critics_mean_differences(tmp_path):
    experiment, random = make_experiment(), np.random.default_rng(0)
    ac, erac = random.normal(28, 0.1, 9), random.normal(28.3, 0.1, 9)
    write_cell(tmp_path, experiment, "mt", "ac", ac)
    write_cell(tmp_path, experiment, "mt", "erac", erac)
    scores = scores_of(experiment, tmp_path)
    result = compare(scores.algorithm("mt", "erac"), scores.algorithm("mt", "ac"))
    by_critic = (erac - ac).reshape(3, 3).mean(axis=1)
    assert result.difference.estimate == pytest.approx(by_critic.mean())
    half = 4.30265 * by_critic.std(ddof=1) / 3**0.5
    assert result.difference.low == pytest.approx(by_critic.mean() - half, abs=1e-5)
    assert (result.pairs, result.units, result.unit, result.flips.p_value) == (9, 3, "critic", 0.25)


def test_diverged_runs_have_no_difference_but_lose(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "raml", [28.0, 28.5], diverged=1)
    write_cell(tmp_path, experiment, "mt", "mle", [27.0, 27.1, 27.2])
    scores = scores_of(experiment, tmp_path)
    result = compare(scores.algorithm("mt", "raml"), scores.algorithm("mt", "mle"))
    assert (result.pairs, result.finished, result.diverged) == (2, (2, 3), (1, 0))
    assert result.difference.estimate == pytest.approx(1.2)
    assert result.improvement.estimate == pytest.approx(6 / 9)
