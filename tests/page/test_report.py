"""report.html: one page that needs no other file."""

import base64
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest
from fake_results import make_experiment, scores_of, write_cell, write_hypotheses, write_run, write_texts

from erac_vaml.errors import UserError
from erac_vaml.page.chart import gains_chart
from erac_vaml.page.report import write_report
from erac_vaml.page.samples import Output, compare_outputs, spread_samples
from erac_vaml.page.summary import summarise
from erac_vaml.plan import Plan, algorithm_runs
from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.judgement import CLAIMS
from erac_vaml.verdict.verdict_files import read_verdict, write_verdict

TASK = {"mt": {"paper_setting": "mt", "label": "MT <1>", "seeds": {"critics": 1, "actors": 1}}}
SECTIONS = ["claims", "results", "figure1", "curves", "samples", "tables", "more", "ablations", "breakdown"]
SECTIONS += ["settings", "differences", "divergences", "cost", "origin", "runs"]
VOID = {"meta", "img", "br", "link"}


class Nesting(HTMLParser):
    """Check that the tags of a page nest; collect ids and links inside the page."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links = [], [], []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page(experiment, results):
    summarise(experiment, results)
    return (results / "report.html").read_text()


@pytest.fixture
def experiment():
    grids = {
        "figure1": {"task": "mt", "vary": {"actor_critic.tau": [0.0, 0.02]}},
        "table3": {"task": "mt", "vary": {"actor_critic.lambda_var": [0.0], "actor_critic.beta": [0.1, 1.0]}},
    }
    return make_experiment(TASK, ablations=grids)


def test_the_page_nests_links_to_itself_and_its_folder_and_needs_no_network(experiment, tmp_path):
    write_cell(tmp_path, experiment, "mt", "raml", [20.0])
    text = page(experiment, tmp_path)
    parser = Nesting()
    parser.feed(text)
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    inside = {link for link in parser.links if link.startswith("#")}
    assert {link.removeprefix("#") for link in inside} <= set(parser.ids)
    beside = {unquote(link) for link in parser.links if not link.startswith("#")}
    assert beside == {"checklist.md", f"{algorithm_runs(experiment, 'mt', 'raml')[0].path}/"}
    assert all((tmp_path / link).exists() for link in beside)
    assert not re.search(r"https?://|<script|<link", text)


def test_the_contents_name_every_part_in_order(experiment, tmp_path):
    text = page(experiment, tmp_path)
    (contents,) = re.findall(r"<nav.*?</nav>", text, re.DOTALL)
    assert re.findall(r'href="#(.*?)"', contents) == ["top", *SECTIONS]
    assert [text.index(f'id="{name}"') for name in SECTIONS] == sorted(text.index(f'id="{name}"') for name in SECTIONS)


def test_a_score_links_to_its_runs(experiment, tmp_path):
    write_cell(tmp_path, experiment, "mt", "raml", [20.0])
    text = page(experiment, tmp_path)
    (target,) = set(re.findall(r'<a href="#(.*?)">20.00</a>', text))
    group = text[text.index(f'id="{target}"') :].partition("</table>")[0]
    assert 'href="runs/mt/raml/seed1/"' in group


def test_a_gain_says_how_many_runs_kept_their_start(tmp_path):
    experiment = make_experiment({"mt": {"paper_setting": "mt", "seeds": {"critics": 2, "actors": 1}}})
    write_cell(tmp_path, experiment, "mt", "mle", [20.0, 20.0])
    assert "kept the start" not in page(experiment, tmp_path)
    write_cell(tmp_path, experiment, "mt", "ac", [20.0, 20.0], best_epoch=0)
    write_cell(tmp_path, experiment, "mt", "erac", [20.0, 20.0])
    (counted,) = re.findall(r"\d runs? kept the start", page(experiment, tmp_path))
    assert counted == "2 runs kept the start"


def test_claims_are_a_matrix_with_a_symbol_and_a_number(tmp_path):
    tasks = {"mt": {"paper_setting": "mt"}, "fed": {"paper_setting": "captioning"}}
    experiment = make_experiment({name: task | {"algorithms": ["mle", "raml"]} for name, task in tasks.items()})
    for task, raml in (("mt", np.linspace(22, 23, 9)), ("fed", np.linspace(18, 19, 9))):
        write_cell(tmp_path, experiment, task, "mle", np.linspace(20, 21, 9))
        write_cell(tmp_path, experiment, task, "raml", raml)
    text = page(experiment, tmp_path)
    claim, *_ = re.findall(r'<details class="claim">.*?</details>', text, re.DOTALL)
    cells = re.findall(r'<span class="cell (\w+)" title="(.*?)"><b>(.)</b> (.*?)</span>', claim)
    assert cells == [("good", "supported", "✓", "+2.00"), ("bad", "contradicted", "✗", "−2.00")]
    assert "+2.00 [+2.00, +2.00], 9 pairs" in claim
    untested = text.partition(" claims that cannot be tested here</summary>")[2].partition("</section>")[0]
    assert untested.count('class="claim"') == sum(claim.of_paper for claim in CLAIMS) - 1
    assert "ERAC outperforms MLE" in untested


def test_the_chart_has_a_bar_for_each_gain_and_the_paper_s(tmp_path):
    tasks = {"mt": {"paper_setting": "mt", "algorithms": ["mle", "mle-continued", "raml"]}}
    experiment = make_experiment(tasks)
    for algorithm, level in (("mle", 20), ("mle-continued", 19), ("raml", 21)):
        write_cell(tmp_path, experiment, "mt", algorithm, [level, level + 1, level + 0.5] * 3)
    scores_of(experiment, tmp_path)
    write_verdict(experiment, tmp_path)
    gains = [(gain, Interval(**gain["gain"])) for gain in read_verdict(tmp_path)["gains"] if gain["gain"]["low"]]
    chart = gains_chart(experiment, gains)
    control, raml = chart.tasks["mt"]
    assert (control.label, raml.label) == ("MLE continued", "RAML")
    assert control.span[0] <= control.estimate < chart.zero < raml.estimate
    # The paper's gain of RAML is 0.73, ours is 1.
    assert (control.paper, chart.zero < raml.paper < raml.estimate) == (None, True)
    assert [label for _, label in chart.ticks][:2] == ["−1", "−0.5"]
    assert gains_chart(experiment, []) is None


@pytest.mark.parametrize("size", [1e-6, 0.001, 0.017, 0.3, 4.0, 70.0])
def test_the_chart_s_axis_has_each_number_at_its_place(size):
    gains = [
        ({"task": "mt", "algorithm": "raml", "group": "mt/raml"}, Interval(gain * size, -size, size, size, 2))
        for gain in (-0.3, 0.6)
    ]
    chart = gains_chart(make_experiment(), gains)
    places, labels = zip(*chart.ticks, strict=True)
    values = [float(label.replace("−", "-")) for label in labels]
    assert len(set(labels)) == len(labels) > 2
    low, high = chart.tasks["MT"][0].span
    np.testing.assert_allclose(places, np.interp(values, [-size, size], [low, high]), atol=0.02)


def test_an_experiment_of_one_s_own_is_a_report_on_itself(tmp_path):
    own = {"mine": {"label": "My corpus", "algorithms": ["mle", "raml"], "seeds": {"critics": 3, "actors": 1}}}
    experiment = make_experiment(own)
    write_cell(tmp_path, experiment, "mine", "mle", [20.0, 20.5, 20.2])
    write_cell(tmp_path, experiment, "mine", "raml", [21.0, 21.6, 21.1])
    text = page(experiment, tmp_path)
    (contents,) = re.findall(r"<nav.*?</nav>", text, re.DOTALL)
    assert not {"claims", "settings", "differences"} & set(re.findall(r'href="#(.*?)"', contents))
    visible = re.sub(r"<style>.*?</style>|data:image/png;base64,[^\"]*|<[^>]*>", "", text, flags=re.DOTALL)
    words = ("paper", "Paper", "laim", "VAML", "ERAC", "erdict", "Table ")
    assert [word for word in words if word in visible] == []
    assert "RAML has the highest mean test BLEU, 21.23 ± 0.32; it leads MLE by +1.00 [+0.75, +1.25]" in visible
    ranked = re.findall(r"<tr><td>(\w+)</td>", text[text.index('id="results"') :])
    assert ranked[:2] == ["RAML", "MLE"]
    assert not list((tmp_path / "tables").glob("table[2-7].*")) + list((tmp_path / "tables").glob("recipe*"))


def test_the_page_counts_what_finished_diverged_and_is_missing(experiment, tmp_path):
    write_cell(tmp_path, experiment, "mt", "raml", [20.0])
    write_run(tmp_path, algorithm_runs(experiment, "mt", "vaml")[0], status="diverged")
    write_texts(tmp_path)
    write_hypotheses(tmp_path / algorithm_runs(experiment, "mt", "raml")[0].path, ["a"] * 30)
    planned = len(Plan(experiment).runs)
    text = page(experiment, tmp_path)
    for tone, words in (("good", "1 finished"), ("bad", "1 diverged"), ("none", f"{planned - 2} missing")):
        assert f'<a href="#runs" class="{tone}">{words}</a>' in text


def test_a_divergence_is_told_with_its_moment(experiment, tmp_path):
    assert "No run has diverged." in page(experiment, tmp_path)
    write_run(tmp_path, algorithm_runs(experiment, "mt", "vaml")[0], status="diverged")
    text = page(experiment, tmp_path)
    assert 'critic1-actor1</a></td><td>2</td><td>120</td><td class="long">the loss is nan</td>' in text
    assert "No run has diverged." not in text


def test_the_page_has_every_figure_and_the_tables_that_have_runs(experiment, tmp_path):
    text = page(experiment, tmp_path)
    shown = re.findall(r'<figure class="table" id="(.*?)">', text)
    # The experiment has no task beside those of Tables 2 and 7.
    assert set(shown) == {
        *(f"table{number}" for number in (1, 3, 4, 5, 6)),
        *("measures", "gain-parts", "systems", "recipe-differences", "ablation-figure1", "ablation-table3"),
    }
    assert text.count("data:image/png;base64,") == 4
    assert "MT &lt;1&gt;" in text


@pytest.mark.parametrize(("kind", "shown"), [("iwslt14", True), ("mini", False)])
def test_only_on_the_papers_data_levels_are_compared(tmp_path, kind, shown):
    experiment = make_experiment(TASK, datasets={"mini": {"kind": kind}})
    write_cell(tmp_path, experiment, "mt", "raml", [27.0])
    text = page(experiment, tmp_path)
    # The paper's mean is 27.74; CV* is 2.70.
    assert ("<td>2.70</td>" in text) == ("<td>−0.74</td>" in text) == ("inconclusive</td>" in text) == shown


def test_samples_are_twenty_sentences_spread_over_the_test_set(experiment, tmp_path):
    write_texts(tmp_path, sentences=39)
    write_cell(tmp_path, experiment, "mt", "mle", [20.0])
    write_hypotheses(tmp_path / algorithm_runs(experiment, "mt", "mle")[0].path, [f"said {line}" for line in range(39)])
    samples = spread_samples(scores_of(experiment, tmp_path), tmp_path, "mt")
    assert [sample.number for sample in samples] == list(range(1, 40, 2))
    assert samples[1].source == "der satz 2 ."
    assert samples[1].references == ["the sentence 2 ."]
    assert samples[1].picture is None
    assert samples[1].outputs == [Output(("MLE",), (("said 2", False),))]
    # One algorithm alone agrees with nobody.
    assert not samples[1].alike


def test_words_that_differ_from_the_first_output_are_marked():
    first = "the cats run across a big dog"
    said = {"MLE": first, "RAML": "the cats run on a dog", "AC": first, "ERAC": "the cats run across a big dog ."}
    assert compare_outputs(said) == [
        Output(("MLE", "AC"), (("the cats run", False), ("across", True), ("a", False), ("big", True), ("dog", False))),
        Output(("RAML",), (("the cats run", False), ("on", True), ("a dog", False))),
        Output(("ERAC",), (("the cats run across a big dog", False), (".", True))),
    ]
    assert compare_outputs({}) == []


def test_samples_on_which_all_algorithms_agree_are_folded_away(experiment, tmp_path):
    write_texts(tmp_path)
    for place, algorithm in enumerate(("mle", "raml")):
        write_cell(tmp_path, experiment, "mt", algorithm, [20.0])
        lines = [f"said {line * place if line < 15 else line}" for line in range(30)]
        write_hypotheses(tmp_path / algorithm_runs(experiment, "mt", algorithm)[0].path, lines)
    text = page(experiment, tmp_path)
    (alike,) = re.findall(r"(\d+) samples on which all algorithms agree</summary>", text)
    (more,) = re.findall(r"(\d+) more samples</summary>", text)
    # Line 0 and half of the 20 samples are alike; three that differ are in view.
    assert (int(alike), int(more)) == (11, 6)
    assert "said <mark>0</mark>" in text


def test_hypotheses_that_do_not_fit_the_test_set_are_named(experiment, tmp_path):
    write_texts(tmp_path)
    write_cell(tmp_path, experiment, "mt", "mle", [20.0])
    write_hypotheses(tmp_path / algorithm_runs(experiment, "mt", "mle")[0].path, ["too", "few"])
    with pytest.raises(UserError, match=r"mle/seed1/hypotheses\.txt: not 30 lines"):
        page(experiment, tmp_path)


@pytest.mark.parametrize(
    ("name", "told"),
    [("tables/table1.html", "cannot be read"), ("figures/figure1.png", "draw it"), ("verdict.json", "write it with")],
)
def test_a_part_that_has_not_been_written_is_named(experiment, tmp_path, name, told):
    page(experiment, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=told) as raised:
        write_report(experiment, tmp_path)
    assert name in str(raised.value)


def test_the_page_shows_the_files_that_were_written_and_makes_none_anew(experiment, tmp_path):
    page(experiment, tmp_path)
    (tmp_path / "tables" / "table1.html").write_text("<p>as it was written</p>")
    write_report(experiment, tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert "<p>as it was written</p>" in text
    assert base64.b64encode((tmp_path / "figures" / "figure1.png").read_bytes()).decode() in text
