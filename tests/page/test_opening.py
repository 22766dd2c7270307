"""What the page opens with, and what it says of where the numbers come from."""

import numpy as np
from fake_results import make_experiment, write_cell
from paper_results import paper_experiment, paper_scores, write_paper_results

from erac_vaml.page.manifests import Manifest
from erac_vaml.page.opening import bars, headline
from erac_vaml.page.provenance import provenance
from erac_vaml.verdict.experiment import experiment_verdict


def opening(experiment, results):
    verdict = experiment_verdict(experiment, results)
    return headline(verdict), {bar.target: {piece.name: piece.count for piece in bar.pieces} for bar in bars(verdict)}


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
        f"Of {sum(claims.values())} claims that these runs can judge, {sum(claims.values())} hold, "
        f"{claims['upheld on average']} on average alone."
    )
    assert sentences[1] == (
        "Of 25 numbers on the paper’s own data, 25 are reproduced, 0 in direction alone, 0 not, and 0 need more runs."
    )
    assert counts["cells"] == {"reproduced": 25}


def test_other_data_are_said_to_be_no_measure_of_the_papers_numbers(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", np.linspace(20, 21, 9))
    write_cell(tmp_path, experiment, "mt", "raml", np.linspace(22, 23, 9))
    sentences, counts = opening(experiment, tmp_path)
    assert sentences[0] == "Of 1 claim that these runs can judge, 1 holds."
    assert "The data are not the paper’s" in sentences[1]
    assert sentences[2] == "45 of 63 runs are missing, so this is not the last word."
    assert counts["cells"]["direction reproduced"] == 1


def manifest(code="c0ffee", digest="aa", packages="torch 2.13.0"):
    unread = {"seconds": None, "peak_bytes": None, "attempts": (), "ended": ""}
    return Manifest("run", "d", code, "mini", {"train.npz": digest}, packages, "x86_64", 1, False, **unread)


def test_runs_of_one_origin_raise_no_doubt():
    found = provenance([manifest(), manifest()], 2)
    assert found.doubts == []
    assert [(item.name, item.runs) for item in found.codes] == [("c0ffee", 2)]
    assert [(item.dataset, item.runs) for item in found.data] == [("mini", 2)]


def test_every_mixture_is_a_doubt():
    mixed = [manifest(), manifest(code="beef+changes"), manifest(digest="bb"), manifest(packages="torch 2.11.0")]
    assert provenance(mixed, 5).doubts == [
        "1 of the runs that ended has no readable manifest.json.",
        "The runs were made by 2 versions of the code.",
        "Some runs were made by code with uncommitted changes, which no commit can tell.",
        "The runs on data set mini stand on 2 versions of it.",
        "The runs were made with 2 sets of packages.",
    ]
