"""verdict.json: the whole judgement as plain values."""

import json

import pytest
from fake_results import judged
from paper_results import paper_experiment, paper_scores, write_paper_results

from erac_vaml.verdict.as_json import as_json


def test_the_json_is_plain_and_has_every_claim_and_cell(tmp_path):
    experiment = paper_experiment()
    write_paper_results(tmp_path, experiment, paper_scores())
    judgement = judged(experiment, tmp_path)
    content = json.loads(json.dumps(as_json(judgement), allow_nan=False))
    assert content["summary"]["cells"] == {"reproduced": 25, "not compared": 1}
    assert len(content["claims"]) == len(judgement.claims)
    erac = next(cell for cell in content["cells"] if (cell["task"], cell["algorithm"]) == ("mt", "erac"))
    assert erac["gap"]["estimate"] == pytest.approx(0.0, abs=1e-9)
    assert erac["units"] == {"kind": "critic", "count": 3}
    assert erac["ours"]["low"] < erac["bootstrap_percentiles"][0] < 28.30 < erac["bootstrap_percentiles"][1]
    assert content["margin_bleu"] == 0.5
