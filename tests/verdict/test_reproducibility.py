"""CV*: published values, independent computations, and an unbiased standard deviation."""

import json
import math

import numpy as np
import pytest
from fake_results import judged, make_experiment, write_cell
from paper_results import paper_experiment, paper_scores, write_paper_results
from scipy import stats

from erac_vaml.verdict.as_json import as_json
from erac_vaml.verdict.as_markdown import as_markdown
from erac_vaml.verdict.reproducibility import coefficient_of_variation, unbiased_deviation

PUBLISHED = {
    "NTS_def, BLEU": ([84.51, 84.50, 87.46, 85.60, 84.20, 86.61, 86.20], 1.562),
    "NTS_def, SARI": ([30.65, 30.65, 29.13, 30.65, 29.96], 2.487),
    "NTS-w2v_def, BLEU": ([87.50, 80.75, 89.36, 88.10, 89.64, 88.80], 4.176),
    "NTS-w2v_def, SARI": ([31.11, 30.28, 31.11, 29.12], 3.572),
}
"""Table 4 of Belz, Popović and Mille (2022)."""


@pytest.mark.parametrize(("scores", "printed"), PUBLISHED.values(), ids=PUBLISHED.keys())
def test_the_published_values_are_found(scores, printed):
    assert round(coefficient_of_variation(scores), 3) == printed


def test_of_two_scores_it_is_nine_eighths_of_the_distance_times_half_of_root_pi_over_the_mean():
    # s = |a − b| / √2 and c4(2) = √(2 / π).
    expected = 9 / 8 * 0.10 * math.sqrt(math.pi) / 2 / 28.25 * 100
    assert coefficient_of_variation([28.30, 28.20]) == pytest.approx(expected)
    assert coefficient_of_variation([28.20, 28.30]) == pytest.approx(expected)


@pytest.mark.parametrize("n", [2, 3, 9, 500])
def test_the_correction_is_the_mean_of_chi_over_the_root_of_its_degrees_of_freedom(n):
    scores = np.random.default_rng(n).normal(28, 1, n)
    c4 = stats.chi(n - 1).mean() / math.sqrt(n - 1)
    assert unbiased_deviation(scores) == pytest.approx(stats.tstd(scores) / c4)
    assert coefficient_of_variation(scores) == pytest.approx(
        (1 + 1 / (4 * n)) * 100 * stats.variation(scores, ddof=1) / c4
    )


@pytest.mark.parametrize("n", [2, 3])
def test_the_deviation_of_normal_scores_is_unbiased(n):
    simulations = 20_000
    samples = np.random.default_rng(1).normal(28, 0.5, (simulations, n))
    found = np.apply_along_axis(unbiased_deviation, 1, samples)
    assert found.mean() == pytest.approx(0.5, abs=4 * found.std() / math.sqrt(simulations))
    assert samples.std(axis=1, ddof=1).mean() < 0.46


@pytest.mark.parametrize("scores", [[], [28.0], [28.0, math.nan], [-1.0, 1.0]])
def test_without_two_scores_or_with_a_mean_of_zero_there_is_none(scores):
    assert math.isnan(coefficient_of_variation(scores))


def test_equal_scores_vary_by_nothing():
    assert coefficient_of_variation([28.0, 28.0]) == 0.0


def test_on_the_papers_data_cells_with_a_printed_mean_have_it(tmp_path):
    experiment = paper_experiment()
    higher = {cell: values + 0.5 for cell, values in paper_scores().items()}
    write_paper_results(tmp_path, experiment, higher)
    verdict = judged(experiment, tmp_path)
    content = json.loads(json.dumps(as_json(verdict), allow_nan=False))
    found = {(cell["table"], cell["task"], cell["label"]): cell["cv_star"] for cell in content["cells"]}
    # The paper's 28.30 and our 28.80.
    expected = 9 / 8 * 0.5 * math.sqrt(math.pi) / 2 / 28.55 * 100
    assert found["Table 1", "mt", "ERAC"] == pytest.approx(expected)
    assert {label for (_, _, label), value in found.items() if value is None} == {"ERAC, 2 layers"}
    rows = [[field.strip() for field in line.split("|")[1:-1]] for line in as_markdown(verdict).splitlines()]
    (head,) = [row for row in rows if row[:1] == ["Cell"]]
    (erac,) = [row for row in rows if row[:3] == ["ERAC", "28.80", "*28.30*"]]
    assert erac[head.index("CV\\*")] == f"{expected:.2f}"


def test_on_other_data_no_cell_has_it_and_no_table_a_column_for_it(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", np.linspace(20, 21, 9))
    verdict = judged(experiment, tmp_path)
    assert {cell["cv_star"] for cell in as_json(verdict)["cells"]} == {None}
    assert "CV\\*" not in as_markdown(verdict)


def test_a_cell_whose_runs_are_all_missing_has_none(tmp_path):
    verdict = judged(paper_experiment(), tmp_path)
    assert {cell["cv_star"] for cell in as_json(verdict)["cells"]} == {None}
