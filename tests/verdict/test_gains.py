"""The gains over MLE and their parts: exact, and equal to what sacrebleu's own penalty and precisions say."""

import json
import math
import re

import numpy as np
import pytest
from fake_results import judged, make_experiment, scores_of, write_run
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from erac_vaml.evaluation.corpus_bleu import corpus_bleu
from erac_vaml.plan import algorithm_runs
from erac_vaml.verdict.as_markdown import as_markdown
from erac_vaml.verdict.gains import brevity_penalty, gains, parts_of_gain
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
    experiment = make_experiment()
    for run in algorithm_runs(experiment, "mt", "mle"):
        write_run(tmp_path, run, 20.0 + run.seed, test_length_ratio=0.9, test_greedy_bleu=19.0)
    for run in algorithm_runs(experiment, "mt", "erac")[:5]:
        write_run(tmp_path, run, 22.0 + run.seed + (run.seed == 4), test_length_ratio=0.96, test_sampled_bleu=15.0)
    mle, erac = gains(scores_of(experiment, tmp_path))
    assert (mle.algorithm, erac.algorithm) == ("mle", "erac")
    assert np.isnan([mle.gain.estimate, mle.by_words, erac.greedy_bleu]).all()
    assert (mle.greedy_bleu, erac.sampled_bleu, erac.length_ratio) == (19.0, 15.0, 0.96)
    # Critic 1 gains 2, 2, 2 and critic 2, of which two runs have finished, 3 and 2.
    assert erac.gain.estimate == pytest.approx((2 + 2.5) / 2)
    assert erac.by_length + erac.by_words == pytest.approx(erac.gain.estimate)


def test_runs_without_lengths_have_a_gain_without_parts(tmp_path):
    experiment = make_experiment()
    for algorithm, bleu in (("mle", 20.0), ("ac", 21.0)):
        write_run(tmp_path, algorithm_runs(experiment, "mt", algorithm)[0], bleu)
    judgement = judged(experiment, tmp_path)
    shown = as_markdown(judgement).partition("**Gains.**")[2].partition("**Single systems.**")[0]
    assert re.search(r"\| +AC +\| +21\.00 \(1/9\) +\|", shown)
    write_verdict(experiment, tmp_path)
    _, found = json.loads((tmp_path / "verdict.json").read_text())["gains"]
    assert (found["gain"]["estimate"], found["by_words"]) == (1.0, None)
