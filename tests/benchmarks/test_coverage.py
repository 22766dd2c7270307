"""The simulation behind the numbers of docs/reference/verdict.md: its random scores, its methods and its tables."""

from itertools import product

import numpy as np
import pytest

from benchmarks.coverage import intervals, main, nested_runs, paired_differences


def test_runs_have_the_variance_and_the_share_of_it_that_was_asked_for():
    random = np.random.default_rng(0)
    drawn = np.stack([nested_runs(random.standard_normal, 0.3)[0].reshape(3, 3) for _ in range(20_000)])
    assert drawn.var() == pytest.approx(1.0, abs=0.02)
    assert (drawn[:, 0, 0] * drawn[:, 0, 1]).mean() == pytest.approx(0.3, abs=0.02)
    assert (drawn[:, 0, 0] * drawn[:, 1, 0]).mean() == pytest.approx(0.0, abs=0.02)


def test_pairs_of_two_nests_share_their_starts_and_no_critic():
    random = np.random.default_rng(0)
    drawn = np.stack([paired_differences(random, 0.4, 3, against_seeds=False) for _ in range(20_000)])
    # Each critic contributes 0.4. The starts are half of the rest and cancel.
    assert drawn.var() == pytest.approx(2 * 0.4 + 0.6, abs=0.03)
    assert (drawn[:, 0, 0] * drawn[:, 0, 1]).mean() == pytest.approx(2 * 0.4, abs=0.03)


def test_the_studentised_bootstrap_is_that_of_all_resamples():
    # Actors of a critic are equal, so a resample is three critics. If all are the same, it has no standard error.
    values, critics = np.repeat([0.0, 1.0, 5.0], 3), np.repeat([0, 1, 2], 3)
    resamples = np.array([drawn for drawn in product([0.0, 1.0, 5.0], repeat=3) if len(set(drawn)) > 1])
    ratios = (resamples.mean(axis=1) - 2.0) / (resamples.std(axis=1, ddof=1) / np.sqrt(3))
    error = np.std([0.0, 1.0, 5.0], ddof=1) / np.sqrt(3)
    found = intervals(np.random.default_rng(0))["nested bootstrap, studentised"](values, critics)
    # The minimum and the maximum ratio have 3 of 24 resamples each, which is more than the tails of the interval.
    assert found == pytest.approx((2.0 - ratios.max() * error, 2.0 - ratios.min() * error))


def test_every_method_is_asked(capsys):
    main(experiments=2, seed=0)
    tables = [table.splitlines() for table in capsys.readouterr().out.strip().split("\n\n")]
    # The numbers of rows; two lines are the heading.
    assert [len(table) - 2 for table in tables] == [4, 1, 2, 5, 2]
