"""When a validation measure means that a run has diverged."""

import math

import pytest

from erac_vaml.config.settings import Evaluation
from erac_vaml.training.divergence import measure_problem, not_finite

LIMITS = Evaluation(collapse_ratio=0.5, explosion_ratio=100.0)


@pytest.mark.parametrize(
    ("value", "before", "higher_is_better", "starts_trained", "expected"),
    [
        (math.nan, [], True, False, "bleu is nan"),
        (math.inf, [1.0], False, False, "bleu is inf"),
        (0.0, [], True, True, None),
        (10.0, [20.0, 15.0], True, True, None),
        (9.99, [15.0, 20.0], True, True, "bleu fell from 20.00 to 9.99"),
        (0.0, [20.0], True, False, None),
        (100.0, [2.0, 1.0], False, True, None),
        (101.0, [2.0, 1.0], False, False, "bleu rose from 1 to 101"),
        (0.001, [1.0], False, True, None),
    ],
)
def test_what_counts_as_divergence(value, before, higher_is_better, starts_trained, expected):
    found = measure_problem(
        "bleu", value, before, LIMITS, higher_is_better=higher_is_better, starts_trained=starts_trained
    )
    assert found == expected


def test_a_measure_that_is_not_finite_is_named():
    assert not_finite({"bleu": 1.0, "perplexity": math.inf}) == "perplexity is inf"
    assert not_finite({"bleu": 1.0}) is None
