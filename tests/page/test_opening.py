"""The page's opening: its sentences."""

import json
import re

import numpy as np
import pytest
from fake_results import judged, make_experiment, write_cell
from paper_results import paper_experiment, paper_scores, write_paper_results

from erac_vaml.page.opening import headline
from erac_vaml.verdict.as_json import as_json

SEEDS = {"seeds": {"critics": 3, "actors": 1}}


def opening(experiment, results):
    return headline(experiment, json.loads(json.dumps(as_json(judged(experiment, results)))))


def test_without_a_run_there_is_nothing_to_say(tmp_path):
    assert opening(make_experiment(), tmp_path) == ["None of 63 runs has finished yet."]


def test_the_papers_own_numbers_open_with_all_that_is_supported(tmp_path):
    experiment = paper_experiment()
    write_paper_results(tmp_path, experiment, paper_scores())
    claims, levels, _ = opening(experiment, tmp_path)
    found = re.fullmatch(
        r"(\d+) of (\d+) claims can be tested here, where each counts once for each task: "
        r"(\d+) are supported, (\d+) are .* average\.",
        claims,
    )
    tested, claimed, supported, on_average = map(int, found.groups())
    assert tested == claimed == supported + on_average
    assert levels == "Of 25 means on the paper’s own data, 25 are reproduced, 0 are not, and 0 need more runs."


def test_other_data_are_said_to_be_no_measure_of_the_papers_scores(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", np.linspace(20, 21, 9))
    write_cell(tmp_path, experiment, "mt", "raml", np.linspace(22, 23, 9))
    sentences = opening(experiment, tmp_path)
    assert re.fullmatch(r"1 of \d+ claims can be tested here: 1 is supported\.", sentences[0])
    assert sentences[1] == "45 of 63 runs are missing, so this is preliminary."


@pytest.mark.parametrize(
    ("raml", "told"),
    [
        ([22.0, 22.2, 22.1], "; it leads MLE by +2.00 [+2.00, +2.00]."),
        ([20.3, 20.1, 20.2], "; it leads MLE by +0.10 [−0.40, +0.60], which may be chance."),
        ([22.0, 22.2], "; it leads MLE by +2.00. An interval needs 3 critics or seeds."),
    ],
)
def test_an_experiment_of_one_s_own_opens_with_its_best_algorithm_and_its_lead(tmp_path, raml, told):
    experiment = make_experiment({"mine": {"label": "My corpus", "algorithms": ["mle", "raml"], **SEEDS}})
    write_cell(tmp_path, experiment, "mine", "mle", [20.0, 20.2, 20.1])
    write_cell(tmp_path, experiment, "mine", "raml", raml)
    best = "My corpus: RAML has the highest mean test BLEU, "
    sentence = opening(experiment, tmp_path)[0]
    assert sentence.startswith(best)
    assert sentence.endswith(told)


@pytest.mark.parametrize(
    ("raml", "mle", "lead"),
    [
        ([20.0, 20.0, 20.0, 23.0], [20.2, 20.2, 20.2], "+0.20 [+0.20, +0.20]."),
        ([20.0, 21.0], [20.2], "+0.20. An interval needs 3 critics or seeds."),
    ],
)
def test_the_second_may_lead_over_the_seeds_that_both_have_finished(tmp_path, raml, mle, lead):
    experiment = make_experiment({"mine": {"algorithms": ["mle", "raml"], "seeds": {"critics": 2, "actors": 2}}})
    write_cell(tmp_path, experiment, "mine", "mle", mle)
    write_cell(tmp_path, experiment, "mine", "raml", raml)
    sentence = opening(experiment, tmp_path)[0]
    assert sentence.startswith("mine: RAML has the highest mean test BLEU, ")
    assert sentence.endswith(f"; over the seeds that both have finished, MLE leads it by {lead}")


def test_a_lone_algorithm_leads_nobody(tmp_path):
    experiment = make_experiment({"mine": {"algorithms": ["mle", "raml"], **SEEDS}, "other": {**SEEDS}})
    write_cell(tmp_path, experiment, "mine", "mle", [20.0])
    sentences = opening(experiment, tmp_path)
    assert sentences[:2] == [
        "mine: MLE has the highest mean test BLEU, 20.00 (1/3); no other algorithm has a finished run.",
        "other: no run has finished.",
    ]


def test_runs_that_keep_their_start_are_no_lead(tmp_path):
    experiment = make_experiment({"mine": {"algorithms": ["mle", "ac"], **SEEDS}})
    for algorithm in ("mle", "ac"):
        write_cell(tmp_path, experiment, "mine", algorithm, [20.0, 21.0, 22.0])
    (told,) = (sentence for sentence in opening(experiment, tmp_path) if "highest" in sentence)
    assert told.endswith("; over the seeds that both have finished, AC scores the same.")
