"""The gains over MLE and their parts: exact, and equal to what sacrebleu's own penalty and precisions say."""

import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from fake_results import judged, make_experiment, scores_of, write_run
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from erac_vaml.evaluation.corpus_bleu import corpus_bleu
from erac_vaml.plan import algorithm_runs
from erac_vaml.verdict.as_markdown import as_markdown
from erac_vaml.verdict.forest import axis_limits, gains_plot
from erac_vaml.verdict.gains import brevity_penalty, gains, parts_of_gain
from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.verdict_files import write_verdict

REFERENCES = ["the cat sat on the mat today", "a dog ran over the old bridge", "we saw a bird in the tree"]
BLEUS = st.floats(0.1, 100.0)
RATIOS = st.floats(0.2, 2.0)


def test_the_penalty_and_the_rest_are_sacrebleus():
    hypotheses = ["the cat sat on the mat", "a dog ran over the bridge", "we saw a bird in tree"]
    found = BLEU(tokenize="none", smooth_method="none", force=True).corpus_score(hypotheses, [REFERENCES])
    penalty = brevity_penalty(np.array([corpus_bleu(hypotheses, REFERENCES).length_ratio]))
    assert penalty == pytest.approx(found.bp)
    assert found.score / penalty == pytest.approx(math.exp(np.log(found.precisions).mean()))


def test_a_long_text_has_no_penalty_and_an_empty_one_no_number():
    assert brevity_penalty(np.array([1.0, 1.7])).tolist() == [1.0, 1.0]
    assert np.isnan(brevity_penalty(np.array([0.0]))).all()


@pytest.mark.filterwarnings("error")
def test_a_text_of_almost_no_words_has_no_parts_of_its_gain():
    bleu, ratio = np.array([0.0, 20.0]), np.array([0.001, 0.9])
    assert np.isnan(parts_of_gain(bleu, ratio, np.full(2, 20.0), np.full(2, 0.9))).tolist() == [[True, False]] * 2


@given(BLEUS, RATIOS, BLEUS, RATIOS)
def test_the_two_parts_are_the_whole_gain(bleu, ratio, start_bleu, start_ratio):
    arrays = (np.array([value]) for value in (bleu, ratio, start_bleu, start_ratio))
    by_length, by_words = parts_of_gain(*arrays)
    assert by_length + by_words == pytest.approx(bleu - start_bleu, abs=1e-6 * max(bleu, start_bleu) * 100)


def test_a_gain_at_equal_length_is_all_words_and_one_with_equal_words_all_length():
    ones = np.ones(1)
    assert parts_of_gain(22 * ones, 0.9 * ones, 20 * ones, 0.9 * ones) == pytest.approx((0, 2))
    penalties = brevity_penalty(np.array([0.95, 0.9]))
    by_length, by_words = parts_of_gain(30 * penalties[:1], 0.95 * ones, 30 * penalties[1:], 0.9 * ones)
    assert by_words == pytest.approx(0)
    assert by_length == pytest.approx(30 * (penalties[0] - penalties[1]))


def test_gains_pair_the_seeds_and_their_parts_add_up_though_runs_are_missing(tmp_path):
    experiment = make_experiment({"mt": {"paper_setting": "mt", "algorithms": ["mle", "erac"]}})
    for run in algorithm_runs(experiment, "mt", "mle"):
        write_run(tmp_path, run, 20.0 + run.seed, test_length_ratio=0.9, test_greedy_bleu=19.0)
    for run in algorithm_runs(experiment, "mt", "erac")[:5]:
        write_run(tmp_path, run, 22.0 + run.seed + (run.seed == 4), test_length_ratio=0.96, test_sampled_bleu=15.0)
    mle, erac = gains(scores_of(experiment, tmp_path))
    assert (mle.algorithm, erac.algorithm, erac.runs) == ("mle", "erac", "5/9")
    assert np.isnan([mle.gain.estimate, mle.by_words, erac.greedy_bleu]).all()
    assert (mle.greedy_bleu, erac.sampled_bleu, erac.length_ratio) == (19.0, 15.0, 0.96)
    # Critic 1 gains 2, 2, 2 and critic 2, of which two runs have finished, 3 and 2.
    assert erac.gain.estimate == pytest.approx((2 + 2.5) / 2)
    assert erac.by_length + erac.by_words == pytest.approx(erac.gain.estimate)
    assert (mle.lag.estimate, np.isnan(erac.lag.estimate)) == (pytest.approx(-erac.gain.estimate), True)
    # Two critics have no interval worth showing.
    assert [erac.gain.known, mle.lag.known] == [False, False]


def test_without_a_place_in_the_paper_the_best_algorithm_is_the_first(tmp_path):
    experiment = make_experiment(
        {"mine": {"algorithms": ["mle", "raml", "erac"], "seeds": {"critics": 3, "actors": 1}}}
    )
    for algorithm, level in (("mle", 20.0), ("raml", 22.0)):
        for run in algorithm_runs(experiment, "mine", algorithm):
            write_run(tmp_path, run, level + run.seed)
    best, second, none = gains(scores_of(experiment, tmp_path))
    assert [gain.algorithm for gain in (best, second, none)] == ["raml", "mle", "erac"]
    assert (best.gain.estimate, best.gain.low, second.lag.high) == (2.0, 2.0, -2.0)
    assert (none.runs, none.shown) == ("0/3", "– (0/3)")


def test_the_plot_has_each_gain_under_its_task_and_a_hollow_mark_without_an_interval(tmp_path):
    seeds = {"seeds": {"critics": 3, "actors": 1}, "algorithms": ["mle", "raml", "erac"]}
    experiment = make_experiment({"one": seeds, "other": seeds})
    for algorithm, level, count in (("mle", 20.0, 3), ("raml", 21.0, 3), ("erac", 22.0, 2)):
        for run in algorithm_runs(experiment, "one", algorithm)[:count]:
            write_run(tmp_path, run, level + run.seed)
    drawing = gains_plot(experiment, gains(scores_of(experiment, tmp_path)))
    (axes,) = drawing.figure.axes
    # The other task has no run yet.
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "ERAC", "RAML"]
    assert [text.get_text() for text in axes.texts] == ["+2.00", "+1.00 [+1.00, +1.00]"]
    assert [line.get_markerfacecolor() == "white" for line in axes.lines if line.get_marker() == "o"] == [True, False]


def test_dollars_in_a_task_s_label_are_no_mathematics(tmp_path):
    experiment = make_experiment({"mt": {"label": r"from $\frac{ to 5$", "algorithms": ["mle", "raml"]}})
    for algorithm in ("mle", "raml"):
        for run in algorithm_runs(experiment, "mt", algorithm):
            write_run(tmp_path, run, 20.0)
    drawing = gains_plot(experiment, gains(scores_of(experiment, tmp_path)))
    drawing.render("png")
    heading, _ = drawing.figure.axes[0].get_yticklabels()
    assert heading.get_text() == r"from $\frac{ to 5$"


def test_an_axis_shows_all_intervals_but_very_long_ones():
    usual = [Interval(0.5, -0.5, 1.5, 0.1, 2)] * 9
    low, high = axis_limits([*usual, Interval(1.0, -98.0, 100.0, 9.0, 2)])
    assert -6 < low < -0.5
    assert 1.5 < high < 6
    low, high = axis_limits([*usual, Interval(30.0)])
    assert low < -0.5
    assert high > 30
    assert axis_limits([]) == (-1.0, 1.0)


def test_runs_without_lengths_have_a_gain_without_parts(tmp_path):
    experiment = make_experiment({"mt": {"algorithms": ["mle", "ac"]}})
    for algorithm, bleu in (("mle", 20.0), ("ac", 21.0)):
        write_run(tmp_path, algorithm_runs(experiment, "mt", algorithm)[0], bleu)
    judgement = judged(experiment, tmp_path)
    text = as_markdown(judgement)
    assert re.search(r"\| +AC +\| +21\.00 \(1/9\) +\| +\+1\.00 +\|", text.partition("**Gains.**")[2])
    assert "AC" not in text.partition("**Parts of the gains.**")[2].partition("**Single systems.**")[0]
    write_verdict(experiment, tmp_path)
    found = json.loads((tmp_path / "verdict.json").read_text())["gains"][0]
    assert (found["algorithm"], found["gain"]["estimate"], found["by_words"]) == ("ac", 1.0, None)
    assert pd.read_csv(tmp_path / "tables" / "gains.csv").set_index("algorithm").loc["ac", "gain_estimate"] == 1.0
    assert (tmp_path / "figures" / "gains.pdf").stat().st_size
