"""report.html: one page that needs no other file."""

import base64
import re
from html.parser import HTMLParser

import pytest
from fake_results import make_experiment, scores_of, write_cell, write_hypotheses, write_run, write_texts

from erac_vaml.errors import UserError
from erac_vaml.page.report import write_report
from erac_vaml.page.samples import spread_samples
from erac_vaml.page.summary import summarise
from erac_vaml.plan import algorithm_runs, plan_runs
from erac_vaml.verdict.judgement import CLAIMS

TASK = {"mt": {"paper_setting": "mt", "label": "MT <1>", "seeds": {"critics": 1, "actors": 1}}}
SECTIONS = ["claims", "tables", "cells", "figure1", "ablations", "differences", "curves", "breakdown", "samples"]
SECTIONS += ["divergences", "cost", "origin", "runs"]
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


def test_the_page_nests_links_to_itself_alone_and_needs_no_network(experiment, tmp_path):
    text = page(experiment, tmp_path)
    parser = Nesting()
    parser.feed(text)
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    assert {link.removeprefix("#") for link in parser.links} <= set(parser.ids)
    assert not re.search(r"https?://|<script|<link", text)


def test_claims_of_which_there_are_no_runs_stand_apart_from_those_that_were_tested(tmp_path):
    experiment = make_experiment({"news": {"algorithms": ["mle", "raml"]}})
    text = page(experiment, tmp_path)
    tested = re.findall(r"<h4>(.*?) <small>", text)
    (untested,) = re.findall(r"no runs for</summary>(.*?)</details>", text, re.DOTALL)
    assert tested == ["RAML outperforms MLE"]
    assert untested.count("<li>") == sum(claim.of_paper for claim in CLAIMS) - 1
    assert "ERAC outperforms MLE" in untested


def test_the_page_counts_what_finished_diverged_and_is_missing(experiment, tmp_path):
    write_cell(tmp_path, experiment, "mt", "raml", [20.0])
    write_run(tmp_path, algorithm_runs(experiment, "mt", "vaml")[0], status="diverged")
    write_texts(tmp_path)
    write_hypotheses(tmp_path / algorithm_runs(experiment, "mt", "raml")[0].path, ["a"] * 30)
    planned = len(plan_runs(experiment))
    text = page(experiment, tmp_path)
    assert f"{planned} runs</a>" in text
    for tone, words in (("good", "1 finished"), ("bad", "1 diverged"), ("none", f"{planned - 2} missing")):
        assert f'<span class="{tone}">{words}</span>' in text


def test_a_divergence_is_told_with_its_moment(experiment, tmp_path):
    assert "No run has diverged." in page(experiment, tmp_path)
    write_run(tmp_path, algorithm_runs(experiment, "mt", "vaml")[0], status="diverged")
    text = page(experiment, tmp_path)
    assert 'critic1-actor1</a></td><td>2</td><td>120</td><td class="long">the loss is nan</td>' in text
    assert "No run has diverged." not in text


def test_the_page_has_every_table_and_figure(experiment, tmp_path):
    text = page(experiment, tmp_path)
    for number in range(1, 8):
        assert f'<figure class="table" id="table{number}">' in text
    assert text.count("data:image/png;base64,") == 4
    assert all(f'id="{section}"' in text for section in SECTIONS)
    assert "MT &lt;1&gt;" in text


@pytest.mark.parametrize(("kind", "shown"), [("iwslt14", True), ("mini", False)])
def test_only_on_the_papers_data_the_table_of_cells_has_cv_star(tmp_path, kind, shown):
    experiment = make_experiment(TASK, datasets={"mini": {"kind": kind}})
    write_cell(tmp_path, experiment, "mt", "raml", [27.0])
    # The paper's mean is 27.74.
    text = page(experiment, tmp_path)
    assert ("<th>CV*</th>" in text) == ("<td>2.70</td>" in text) == shown


def test_samples_are_twenty_sentences_spread_over_the_test_set(experiment, tmp_path):
    write_texts(tmp_path, sentences=39)
    write_cell(tmp_path, experiment, "mt", "mle", [20.0])
    write_hypotheses(tmp_path / algorithm_runs(experiment, "mt", "mle")[0].path, [f"said {line}" for line in range(39)])
    samples = spread_samples(scores_of(experiment, tmp_path), tmp_path, "mt")
    assert [sample.number for sample in samples] == list(range(1, 40, 2))
    assert samples[1].source == "der satz 2 ."
    assert samples[1].references == ["the sentence 2 ."]
    assert samples[1].picture is None
    assert samples[1].said == {"MLE (seed1)": "said 2"}


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
