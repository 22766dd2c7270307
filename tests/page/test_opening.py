"""The page's opening: its sentences and bars."""

import json
import re

import numpy as np
from fake_results import judged, make_experiment, write_cell
from paper_results import paper_experiment, paper_scores, write_paper_results

from erac_vaml.page.opening import bars, headline
from erac_vaml.verdict.as_json import as_json


def opening(experiment, results):
    verdict = json.loads(json.dumps(as_json(judged(experiment, results))))
    return headline(verdict), {target: counts for target, (_, counts) in bars(verdict).items()}


def test_without_a_run_nothing_can_be_judged(tmp_path):
    sentences, counts = opening(make_experiment(), tmp_path)
    assert sentences == ["Nothing can be judged yet: none of 63 runs has finished."]
    assert counts["runs"] == {"missing": 63}
    assert set(counts["claims"]) == {"cannot be judged"}


def test_the_papers_own_numbers_open_with_all_that_holds(tmp_path):
    experiment = paper_experiment()
    write_paper_results(tmp_path, experiment, paper_scores())
    sentences, counts = opening(experiment, tmp_path)
    claims = counts["claims"]
    assert set(claims) == {"upheld", "upheld on average"}
    assert sentences[0] == (
        f"{sum(claims.values())} of {sum(claims.values())} claims can be tested here: {claims['upheld']} are upheld, "
        f"{claims['upheld on average']} are upheld on average."
    )
    assert sentences[1] == (
        "Of 25 numbers on the paper’s own data, 25 are reproduced, 0 only in direction, 0 not, and 0 need more runs."
    )
    assert counts["cells"] == {"reproduced": 25}


def test_other_data_are_said_to_be_no_measure_of_the_papers_numbers(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", np.linspace(20, 21, 9))
    write_cell(tmp_path, experiment, "mt", "raml", np.linspace(22, 23, 9))
    sentences, counts = opening(experiment, tmp_path)
    assert re.fullmatch(r"1 of \d+ claims can be tested here: 1 is upheld\.", sentences[0])
    assert "The data are not the paper’s" in sentences[1]
    assert sentences[2] == "45 of 63 runs are missing, so this verdict is preliminary."
    assert counts["cells"]["direction reproduced"] == 1
