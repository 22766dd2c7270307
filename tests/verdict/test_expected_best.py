"""The expected best of some trials, against all sequences of draws."""

from itertools import product

import numpy as np
import pytest

from erac_vaml.verdict.expected_best import expected_best

SCORES = [28.1, 27.0, 29.4, 28.1]


@pytest.mark.parametrize("trials", [1, 2, 3, 5])
def test_it_is_the_mean_of_the_best_over_all_sequences_of_draws(trials):
    best = [max(drawn) for drawn in product(SCORES, repeat=trials)]
    assert expected_best(SCORES, trials) == pytest.approx(np.mean(best))


def test_of_one_trial_it_is_the_mean_and_of_many_the_best():
    assert expected_best(SCORES, 1) == pytest.approx(np.mean(SCORES))
    assert expected_best(SCORES, 1000) == pytest.approx(29.4)
    assert expected_best([28.0], 3) == 28.0
