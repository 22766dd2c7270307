"""The gap between our mean and the paper's: what of the paper's own uncertainty is in its interval."""

import numpy as np
import pytest

from erac_vaml.reporting.paper import Spread
from erac_vaml.verdict.cells import PaperCell, design_effect, paper_interval
from erac_vaml.verdict.collect import CellRuns
from erac_vaml.verdict.intervals import difference, mean_interval

INDEX = np.arange(1, 10)


def cell(scores, nested, **paper):
    names = tuple(f"seed{index}" for index in INDEX)
    critics = np.repeat([1, 2, 3], 3)
    runs = CellRuns("mt", "erac", "test_bleu", nested, names, INDEX, critics, scores, np.zeros(9, dtype=bool))
    return PaperCell("Table 1", "ERAC", runs, Spread(**paper))


def test_runs_that_are_alike_within_their_critics_count_as_one_each():
    alike = np.repeat([28.0, 28.3, 28.1], 3)
    assert design_effect(alike, mean_interval(alike, np.repeat([1, 2, 3], 3)).standard_error) == 3.0
    spread = np.tile([28.0, 28.3, 28.1], 3)
    assert design_effect(spread, mean_interval(spread, np.repeat([1, 2, 3], 3)).standard_error) == 1.0


def test_the_papers_mean_has_the_standard_error_of_nine_runs_or_more():
    scores = np.random.default_rng(0).normal(28, 0.2, 9)
    seeds, nest = (cell(scores, nested, mean=28.3, std=0.06) for nested in (False, True))
    ours = mean_interval(nest.runs.scores, nest.runs.units)
    assert paper_interval(seeds, ours).standard_error == pytest.approx(0.02)
    assert 0.02 <= paper_interval(nest, ours).standard_error <= 0.02 * 3**0.5
    exact = paper_interval(cell(scores, True, mean=28.3), ours)
    assert (exact.low, exact.high) == (28.3, 28.3)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_the_gaps_interval_covers_where_the_papers_runs_are_as_ours(share):
    random, simulations, covered = np.random.default_rng(5), 2_000, 0
    critics = np.repeat([0, 1, 2], 3)
    for _ in range(simulations):
        ours, theirs = (
            np.sqrt(share) * random.standard_normal(3)[critics] + np.sqrt(1 - share) * random.standard_normal(9)
            for _ in range(2)
        )
        compared = cell(ours, True, mean=float(theirs.mean()), std=float(theirs.std(ddof=1)))
        mean = mean_interval(ours, compared.runs.units)
        covered += difference(mean, paper_interval(compared, mean)).contains_zero
    assert covered / simulations > 0.93
