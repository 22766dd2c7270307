"""The whole verdict: the paper's own numbers reproduce the paper, other numbers do not, and missing runs do no harm."""

import json

import numpy as np
import pytest
from fake_results import judged, make_experiment, write_cell
from paper_results import nine_scores, paper_experiment, paper_scores, write_paper_results

from erac_vaml.reporting.paper import paper_numbers
from erac_vaml.verdict.as_json import as_json
from erac_vaml.verdict.as_markdown import as_markdown
from erac_vaml.verdict.judgement import CLAIMS

SUPPORTED = {"supported", "supported on average"}


def outcomes(verdict):
    return {(claim.key, finding.task): str(finding.outcome) for claim, finding in verdict.claims}


def levels(verdict):
    """Return the level by (table, task, cell), of the cells for which the paper prints a mean."""
    return {
        (found.table, found.cell.task, found.label): str(found.level)
        for found in verdict.cells
        if found.paper.mean is not None
    }


@pytest.fixture(scope="module")
def papers_own(tmp_path_factory):
    experiment, results = paper_experiment(), tmp_path_factory.mktemp("paper")
    write_paper_results(results, experiment, paper_scores())
    return judged(experiment, results)


@pytest.mark.parametrize("setting", paper_numbers().table1)
def test_nine_scores_have_the_mean_deviation_and_range_that_the_paper_prints(setting):
    for spread in paper_numbers().table1[setting].values():
        scores = nine_scores(spread)
        found = (scores.mean(), scores.std(ddof=1), scores.min(), scores.max())
        assert found == pytest.approx((spread.mean, spread.std, spread.min, spread.max))


def test_the_papers_own_numbers_reproduce_every_cell(papers_own):
    found = levels(papers_own)
    assert len(found) == 15 + 1 + 9
    assert set(found.values()) == {"reproduced"}


def test_the_papers_own_numbers_support_every_claim(papers_own):
    found = outcomes(papers_own)
    assert {key for key, _ in found} == {claim.key for claim in CLAIMS if claim.of_paper}
    assert {item: outcome for item, outcome in found.items() if outcome not in SUPPORTED} == {}
    # What the paper's nine runs show on average alone, it claims on average alone.
    assert found["vaml-beats-raml", "captioning"] == "supported on average"
    assert found["raml-beats-mle", "mt"] == found["erac-beats-ac", "mt"] == "supported"


def test_the_json_is_plain_and_has_every_claim_and_cell(papers_own):
    content = json.loads(json.dumps(as_json(papers_own), allow_nan=False))
    assert content["summary"]["levels"] == {"reproduced": 25, "not compared": 1}
    assert len(content["claims"]) == len(papers_own.claims)
    erac = next(cell for cell in content["cells"] if (cell["task"], cell["algorithm"]) == ("mt", "erac"))
    assert erac["gap"]["estimate"] == pytest.approx(0.0, abs=1e-9)
    assert erac["units"] == {"kind": "critic", "count": 3}
    assert erac["ours"]["low"] < erac["bootstrap_percentiles"][0] < 28.30 < erac["bootstrap_percentiles"][1]
    assert content["margin_bleu"] == 0.5


def test_other_ways_of_giving_the_papers_scores_to_critics_change_no_cell(tmp_path):
    experiment = paper_experiment()
    write_paper_results(tmp_path, experiment, paper_scores(seed=1))
    assert set(levels(judged(experiment, tmp_path)).values()) == {"reproduced"}


def test_scrambled_numbers_neither_reproduce_nor_support(tmp_path):
    experiment, scores = paper_experiment(), paper_scores()
    # Every algorithm gets another's scores of another task: the best become the worst.
    swapped = {"mle": "erac", "raml": "vaml", "vaml": "raml", "ac": "erac", "erac": "mle"}
    other = {"mt": "captioning", "fed": "mt", "captioning": "fed"}
    scrambled = {
        (task, algorithm): scores[other[task], swapped[algorithm]] for task in other for algorithm in swapped
    } | {("mt", "erac-no-future-entropy"): scores["captioning", "erac"], ("deep", "erac"): scores["mt", "mle"]}
    write_paper_results(tmp_path, experiment, scrambled)
    verdict = judged(experiment, tmp_path)
    table1 = {item: found for item, found in levels(verdict).items() if item[0] in ("Table 1", "Table 4")}
    assert "not reproduced" in table1.values()
    assert list(table1.values()).count("reproduced") <= 2
    found = outcomes(verdict)
    for key in ("vaml-beats-raml", "erac-beats-ac", "future-entropy", "earlier-systems", "two-layers"):
        assert not SUPPORTED & {outcome for (claim, _), outcome in found.items() if claim == key}
    assert not SUPPORTED & {outcome for (claim, _), outcome in found.items() if claim.endswith("-beats-mle")}


def test_means_that_are_off_are_not_reproduced_though_the_claims_on_their_order_are_supported(tmp_path):
    experiment = paper_experiment()
    write_paper_results(tmp_path, experiment, {cell: values - 2.0 for cell, values in paper_scores().items()})
    verdict = judged(experiment, tmp_path)
    found = {level for (table, *_), level in levels(verdict).items() if table in ("Table 1", "Table 4")}
    assert found == {"not reproduced"}
    assert outcomes(verdict)["erac-beats-ac", "mt"] == "supported"


def test_more_runs_are_asked_for_where_the_interval_is_too_wide(tmp_path):
    experiment = make_experiment(datasets={"mini": {"kind": "iwslt14"}})
    write_cell(tmp_path, experiment, "mt", "mle", [26.6, 27.5, 27.0])
    (found,) = [item for item in judged(experiment, tmp_path).cells if item.label == "MLE"]
    assert (str(found.level), found.more_units) == ("inconclusive", 3)


def test_on_other_data_levels_are_not_compared_and_claims_are_tested(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", np.linspace(60, 61, 9))
    write_cell(tmp_path, experiment, "mt", "raml", np.linspace(62, 63.1, 9))
    write_cell(tmp_path, experiment, "mt", "vaml", np.linspace(61, 61.5, 9))
    write_cell(tmp_path, experiment, "mt", "ac", [60.0, 62.0, 60.5, 60.9, 60.1, 61.0, 60.9, 60.2, 61.2])
    verdict = judged(experiment, tmp_path)
    assert set(levels(verdict).values()) == {"not compared"}
    found = outcomes(verdict)
    assert found["raml-beats-mle", "mt"] == "supported"
    assert found["vaml-beats-raml", "mt"] == "contradicted"
    assert found["erac-beats-ac", "mt"] == "not testable"
    assert found["earlier-systems", None] == "not testable"
    text = as_markdown(verdict)
    assert "Our means beside" not in text
    assert "61.25 ± 0.17" in text


def test_diverged_runs_are_counted_and_left_out(tmp_path):
    experiment = make_experiment(datasets={"mini": {"kind": "iwslt14"}})
    write_cell(tmp_path, experiment, "mt", "ac", np.linspace(60, 61, 9))
    write_cell(tmp_path, experiment, "mt", "erac", np.linspace(62, 63, 8), diverged=1)
    write_cell(tmp_path, experiment, "mt", "raml", np.linspace(60, 61, 4), diverged=5)
    verdict = judged(experiment, tmp_path)
    cells = {found.label: found for found in verdict.cells}
    assert cells["ERAC"].cell.n_finished == 8
    assert str(cells["RAML"].level) == "not reproduced"
    # ERAC is above AC in all pairs that finished, but one more of its runs diverged.
    assert outcomes(verdict)["erac-beats-ac", "mt"] == "inconclusive"
    (found,) = (found for claim, found in verdict.claims if (claim.key, found.task) == ("erac-beats-ac", "mt"))
    assert found.tests[0].evidence.endswith("diverged: 1 against 0")  # No number of critics would settle it.
    assert "5 of 9 runs diverged" in as_markdown(verdict)
    assert verdict.runs["diverged"] == 6


def test_one_critic_whose_runs_diverged_leaves_a_level_open(tmp_path):
    experiment = make_experiment(datasets={"mini": {"kind": "iwslt14"}})
    write_cell(tmp_path, experiment, "mt", "erac", [], diverged=3)
    verdict = judged(experiment, tmp_path)
    (level,) = [found.level for found in verdict.cells if found.label == "ERAC"]
    assert str(level) == "inconclusive"
    assert "3 of 3 runs diverged and are left out" in as_markdown(verdict)


def test_a_single_run_a_cell_is_judged_as_far_as_it_goes(tmp_path):
    tasks = {"paper_setting": "mt", "seeds": {"critics": 1, "actors": 1}}
    experiment = make_experiment({"mt": tasks})
    for algorithm in ("mle", "raml", "vaml", "ac", "erac"):
        write_cell(tmp_path, experiment, "mt", algorithm, [28.0])
    verdict = judged(experiment, tmp_path)
    assert set(outcomes(verdict).values()) == {"not testable"}
    text = as_markdown(verdict)
    assert "ERAC − AC: 0.00, 1 pair under 1 critic; P(better) = 0.50; an interval needs two critics" in text
    own = make_experiment({"mt": tasks}, datasets={"mini": {"kind": "iwslt14"}})
    assert "An interval needs two seeds; at least 3 more seeds would settle it." in as_markdown(judged(own, tmp_path))


def test_an_experiment_of_one_s_own_is_ranked_and_says_nothing_of_the_paper(tmp_path):
    grid = {"task": "news", "vary": {"actor_critic.tau": [0.0, 0.02]}}
    experiment = make_experiment({"news": {"algorithms": ["mle", "erac"]}}, ablations={"figure1": grid})
    for algorithm, level in (("mle", 20), ("erac", 22), ("ac", 25)):
        write_cell(tmp_path, experiment, "news", algorithm, np.linspace(level, level + 1, 9))
    verdict = judged(experiment, tmp_path)
    assert (verdict.claims, verdict.cells) == ([], [])
    # The grid trains AC, which the task does not ask for.
    assert verdict.gains[0].gain.low == pytest.approx(2.0)
    assert [gain.algorithm for gain in verdict.gains] == ["erac", "mle"]
    text = as_markdown(verdict)
    assert text.startswith("# Results of fake")
    assert [word for word in ("paper", "Paper", "laim", "RAML", " AC ", "erdict") if word in text] == []
    content = as_json(verdict)
    assert content["claims"] == content["cells"] == []


def test_in_an_experiment_of_both_kinds_only_the_paper_s_tasks_have_claims(tmp_path):
    experiment = make_experiment({"mt": {"paper_setting": "mt"}, "news": {"algorithms": ["mle", "erac"]}})
    for task in ("mt", "news"):
        write_cell(tmp_path, experiment, task, "mle", np.linspace(20, 21, 9))
        write_cell(tmp_path, experiment, task, "erac", np.linspace(22, 23, 9))
    verdict = judged(experiment, tmp_path)
    assert {finding.task for _, finding in verdict.claims} == {"mt", None}
    assert {found.cell.task for found in verdict.cells} == {"mt"}
    assert [gain.task for gain in verdict.gains if gain.algorithm == "erac"] == ["mt", "news"]


def test_the_control_s_claims_are_judged_where_it_runs_and_are_not_there_where_it_does_not(tmp_path):
    algorithms = ["mle", "mle-continued", "ac", "erac"]
    experiment = make_experiment(
        {
            "news": {"algorithms": algorithms, "paper_setting": "mt"},
            "plain": {"algorithms": ["mle", "ac"], "paper_setting": "captioning"},
        }
    )
    for name, level in zip(algorithms, (20.0, 21.0, 22.0, 20.5), strict=True):
        write_cell(tmp_path, experiment, "news", name, np.linspace(level, level + 0.5, 9))
    verdict = judged(experiment, tmp_path)
    control = {item: outcome for item, outcome in outcomes(verdict).items() if item[0].endswith("mle-continued")}
    assert control == {
        ("ac-beats-mle-continued", "news"): "supported",
        ("erac-beats-mle-continued", "news"): "contradicted",
    }
    text = as_markdown(verdict)
    assert "AC improves on MLE continued" in text
    assert "not part of the experiment: RAML, VAML, ERAC w/o Future Ent." in text
    other = as_markdown(judged(make_experiment(), tmp_path))
    assert "MLE continued" not in other


def test_without_any_run_there_is_a_verdict_of_nothing(tmp_path):
    verdict = judged(paper_experiment(), tmp_path)
    assert set(outcomes(verdict).values()) == {"not testable"}
    assert set(levels(verdict).values()) == {"inconclusive"}
    assert verdict.runs["finished"] == 0
