"""The claims on Table 3 and Figure 1, with made-up grids."""

import numpy as np
import pytest
from fake_results import make_experiment, scores_of, write_grid, write_run
from paper_results import BETA, LAMBDA, TAU

from erac_vaml.plan import algorithm_runs
from erac_vaml.verdict.ablations import ABLATION_CLAIMS, held_out_differences

STABILITY = {"table3": {"task": "mt", "vary": {LAMBDA: [0.0, 0.001], BETA: [0.001, 0.01, 1.0]}}}
CURVE = {"figure1": {"task": "mt", "vary": {TAU: [0.0, 0.02, 0.045, 0.5]}, "metric": "test_bleu"}}
SEEDS = {"mt": {"paper_setting": "mt", "seeds": {"critics": 3, "actors": 1}}}


def found(experiment, results, key):
    """Return the outcome of a claim on the only task; then by label, the outcome and evidence of each of its tests."""
    (claim,) = [claim for claim in ABLATION_CLAIMS if claim.key == key]
    (finding,) = claim.find(scores_of(experiment, results))
    return str(finding.outcome), {test.label: (str(test.outcome), test.evidence) for test in finding.tests}


def test_the_best_cell_is_chosen_without_the_unit_that_measures_it():
    random = np.random.default_rng(0)
    scores, units = random.normal(size=(8, 4)), np.array([1, 1, 1, 2, 2, 3, 3, 3])
    differences, chosen = held_out_differences(scores, units)
    for place, unit in enumerate((1, 2, 3)):
        others = [scores[units == other].mean(axis=0) for other in (1, 2, 3) if other != unit]
        best = int(np.argmax(np.mean(others, axis=0)[:-1]))
        own = scores[units == unit].mean(axis=0)
        assert (chosen[place], differences[place]) == (best, pytest.approx(own[best] - own[-1]))


def test_equal_values_have_no_sweet_spot_though_one_of_them_is_the_best():
    """If the same runs chose and measured it, the best of ten equals would be well above an eleventh."""
    random = np.random.default_rng(1)
    units = np.arange(3)
    drawn = [random.normal(size=(3, 11)) for _ in range(2_000)]
    held_out = [held_out_differences(scores, units)[0].mean() for scores in drawn]
    naive = [scores[:, :-1].mean(axis=0).max() - scores[:, -1].mean() for scores in drawn]
    assert abs(np.mean(held_out)) < 0.05
    assert np.mean(naive) > 0.7


def test_smoothing_wins_where_all_runs_without_it_diverge(tmp_path):
    experiment = make_experiment(SEEDS, ablations=STABILITY)
    better, worse = [29.0, 29.1, 29.2], [27.0, 27.2, 27.1]
    without = [worse, [None] * 3, [27.0, None, 27.2]]
    write_grid(tmp_path, experiment, "table3", [*without, better, better, worse])
    outcome, parts = found(experiment, tmp_path, "smoothing")
    assert parts["β = 0.001: λ_var = 0.001 − 0"][0] == parts["β = 0.01: λ_var = 0.001 − 0"][0] == "supported"
    assert "diverged: 0 against 3" in parts["β = 0.01: λ_var = 0.001 − 0"][1]
    assert outcome == "not supported"
    outcome, parts = found(experiment, tmp_path, "divergence")
    # Fisher's exact test of 4 of 9 against 0 of 9: C(14, 5) / C(18, 9).
    assert (outcome, parts["critics that diverged"][1].endswith("p = 0.041")) == ("supported", True)


def test_without_any_divergence_smoothing_prevents_none(tmp_path):
    experiment = make_experiment(SEEDS, ablations=STABILITY)
    write_grid(tmp_path, experiment, "table3", [[27.0, 27.2, 27.1]] * 6)
    assert found(experiment, tmp_path, "divergence")[0] == "not supported"
    assert found(experiment, tmp_path, "target-network")[0] == "not supported"


def test_the_speed_matters_little_beside_the_drop_without_a_target_network(tmp_path):
    experiment = make_experiment(SEEDS, ablations=STABILITY)
    slow, middling, none = [29.4, 29.5, 29.3], [29.2, 29.3, 29.2], [27.4, 27.3, 27.5]
    write_grid(tmp_path, experiment, "table3", [none, none, none, slow, middling, none])
    assert found(experiment, tmp_path, "target-network")[0] == "supported"
    assert found(experiment, tmp_path, "speed")[0] == "supported"
    assert found(experiment, tmp_path, "slow-target")[0] in ("supported", "supported on average")
    write_grid(tmp_path, experiment, "table3", [none, none, none, none, slow, none])
    assert found(experiment, tmp_path, "speed")[0] == "contradicted"
    assert found(experiment, tmp_path, "slow-target")[0] == "contradicted"


@pytest.mark.parametrize(
    ("start_counts", "without_target", "outcome"),
    [
        (True, [27.0, 27.1, 27.3], "supported"),
        (True, [28.0, 28.1, 28.2], "not testable"),
        (False, [28.0, 28.1, 28.2], "not supported"),
        (True, [29.0, 29.2, 29.1], "contradicted"),
    ],
)
def test_a_joint_run_that_kept_its_start_says_nothing_of_falling_below_mle(
    tmp_path, start_counts, without_target, outcome
):
    tasks = {"mt": SEEDS["mt"] | {"joint": {"start_counts": start_counts}}}
    experiment = make_experiment(tasks, ablations=STABILITY)
    for run, score in zip(algorithm_runs(experiment, "mt", "mle"), [28.0, 28.1, 28.2], strict=True):
        write_run(tmp_path, run, score, valid_bleu=score)
    write_grid(tmp_path, experiment, "table3", [[29.0, 29.1, 29.2]] * 5 + [without_target])
    assert found(experiment, tmp_path, "below-mle")[0] == outcome


def test_a_rise_and_a_fall_are_a_sweet_spot_and_a_trend(tmp_path):
    experiment = make_experiment(SEEDS, ablations=CURVE)
    write_grid(
        tmp_path, experiment, "figure1", [[28.0, 28.1, 28.0], [28.2, 28.3, 28.2], [28.5, 28.6, 28.4], [None] * 3]
    )
    assert found(experiment, tmp_path, "sweet-spot")[0] == "supported"
    assert found(experiment, tmp_path, "less-entropy")[0] == "supported"
    outcome, parts = found(experiment, tmp_path, "too-much-entropy")
    # On other data the largest τ of the grid stands for the paper's 0.06.
    assert (outcome, parts["τ ≥ 0.5"][1]) == ("supported", "3 of 3 runs diverged; below this τ 0 of 9")


def test_three_runs_of_one_critic_do_not_show_that_too_much_entropy_diverges(tmp_path):
    experiment = make_experiment({"mt": SEEDS["mt"] | {"seeds": {"critics": 1, "actors": 3}}}, ablations=CURVE)
    write_grid(tmp_path, experiment, "figure1", [[28.0] * 3, [28.2] * 3, [28.5] * 3, [None] * 3])
    assert found(experiment, tmp_path, "too-much-entropy")[0] == "not testable"
    outcome, parts = found(experiment, tmp_path, "sweet-spot")
    assert (outcome, parts["best τ − (τ = 0.5)"][0]) == ("not testable", "not testable")


def test_a_curve_that_only_rises_has_no_sweet_spot(tmp_path):
    experiment = make_experiment(SEEDS, ablations=CURVE)
    rising = [[28.0, 28.1, 28.0], [28.2, 28.3, 28.2], [28.5, 28.6, 28.4], [29.0, 29.1, 29.0]]
    write_grid(tmp_path, experiment, "figure1", rising)
    assert found(experiment, tmp_path, "sweet-spot")[0] == "contradicted"
    assert found(experiment, tmp_path, "too-much-entropy")[0] == "not supported"
    write_grid(tmp_path, experiment, "figure1", rising[::-1])
    assert found(experiment, tmp_path, "less-entropy")[0] == "not supported"


def test_a_divergence_below_the_papers_point_weakens_it(tmp_path):
    experiment = make_experiment(SEEDS, ablations=CURVE)
    write_grid(tmp_path, experiment, "figure1", [[28.0, 28.1, 28.2], [28.0, None, 28.2], [28.1] * 3, [None] * 3])
    assert found(experiment, tmp_path, "too-much-entropy")[0] == "supported on average"


def test_one_critic_cannot_show_a_sweet_spot(tmp_path):
    experiment = make_experiment({"mt": {"seeds": {"critics": 1, "actors": 2}}}, ablations=CURVE)
    write_grid(tmp_path, experiment, "figure1", [[28.0, 28.1], [28.2, 28.3], [28.5, 28.6], [27.0, 27.1]])
    assert found(experiment, tmp_path, "sweet-spot")[0] == "not testable"
    assert found(experiment, tmp_path, "less-entropy")[0] == "not testable"


def test_an_experiment_without_grids_has_nothing_to_say_of_them(tmp_path):
    evidence = scores_of(make_experiment(SEEDS), tmp_path)
    assert [claim.key for claim in ABLATION_CLAIMS if claim.find(evidence)] == []
