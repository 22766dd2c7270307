"""Tables 1-7 and the other measures as CSV, Markdown and LaTeX."""

import html
import re

import pandas as pd
import pytest
from fake_results import make_experiment, scores_of, write_cell
from markdown_it import MarkdownIt

from erac_vaml.errors import UserError
from erac_vaml.reporting.paper import paper_numbers
from erac_vaml.reporting.tables import make_table, table_names, write_table
from erac_vaml.reporting.tables.layout import latex, latex_escape, markdown_escape
from erac_vaml.reporting.tables.numbers import best, mean_std
from erac_vaml.reporting.tables.results import measures_table
from erac_vaml.verdict.as_markdown import verdict_tables
from erac_vaml.verdict.judgement import judge_experiment
from erac_vaml.verdict.recipe_differences import difference_tables

TASKS = {
    "plain": {"paper_setting": "mt", "label": "MT_1 & more", "seeds": {"critics": 1, "actors": 3}},
    "fed": {
        "paper_setting": "mt-input-feeding",
        "label": "MT fed",
        "network": {"input_feeding": True},
        "seeds": {"critics": 1, "actors": 2},
    },
    "own": {"seeds": {"critics": 1, "actors": 1}},
}
ONE_SEED = {"seeds": {"critics": 1, "actors": 1}}


def written(experiment, results, number):
    """Write a table; return its rows, its Markdown and its LaTeX."""
    write_table(experiment, results, f"table{number}")
    path = results / "tables" / f"table{number}"
    data = pd.read_csv(path.with_suffix(".csv"))
    return data, path.with_suffix(".md").read_text(), path.with_suffix(".tex").read_text()


def cell(data, task, algorithm):
    return data[(data["task"] == task) & (data["algorithm"] == algorithm)].iloc[0]


def test_table_1_has_our_statistics_and_the_papers_side_by_side(tmp_path):
    experiment = make_experiment(TASKS)
    write_cell(tmp_path, experiment, "plain", "erac", [20.0, 22.0, 24.0])
    data, *_ = written(experiment, tmp_path, 1)
    found = cell(data, "plain", "erac")
    assert (found["n"], found["n_planned"], found["metric"]) == (3, 3, "test_bleu")
    assert (found["mean"], found["std"], found["min"], found["max"]) == (22.0, 2.0, 20.0, 24.0)
    printed = ["paper_mean", "paper_std", "paper_min", "paper_max"]
    assert found[printed].tolist() == [28.30, 0.06, 28.25, 28.42]
    assert cell(data, "fed", "mle")["paper_mean"] == 28.06
    assert data[data["task"] == "own"]["paper_mean"].isna().all()


def test_the_papers_own_numbers_as_results_come_back_as_themselves(tmp_path):
    asked = {"algorithms": list(paper_numbers().table1["mt"])}
    experiment = make_experiment({name: task | ONE_SEED | asked for name, task in TASKS.items()})
    for task in ("plain", "fed"):
        for algorithm, spread in paper_numbers().table1[experiment.tasks[task].paper_setting].items():
            write_cell(tmp_path, experiment, task, algorithm, [spread.mean])
    data, *_ = written(experiment, tmp_path, 1)
    beside = data[data["task"] != "own"]
    assert len(beside) == 10
    assert (beside["mean"] == beside["paper_mean"]).all()


def test_the_other_measures_are_a_table_of_their_own(tmp_path):
    scenes = {"captioning": {"dataset": "scenes", "algorithms": ["mle"], **ONE_SEED}}
    datasets = {"mini": {"kind": "mini"}, "scenes": {"kind": "mini-captions"}}
    experiment = make_experiment({**TASKS, **scenes}, datasets=datasets)
    write_cell(tmp_path, experiment, "plain", "mle", [20.0, 22.0, 24.0], test_chrf=45.0)
    write_cell(tmp_path, experiment, "fed", "mle", [20.0])  # A run of an older version.
    write_cell(tmp_path, experiment, "captioning", "mle", [30.0], test_cider=150.0, test_rouge_l=62.0)
    write_table(experiment, tmp_path, "table1")
    data = pd.read_csv(tmp_path / "tables" / "measures.csv").set_index(["task", "algorithm", "metric"])
    assert data.loc[("plain", "mle", "test_chrf"), ["mean", "std", "n"]].tolist() == [45.0, 0.0, 3]
    assert ("fed", "mle", "test_chrf") not in data.index
    assert data.loc[("captioning", "mle", "test_cider"), "mean"] == 150.0
    text = (tmp_path / "tables" / "measures.md").read_text()
    head, _, *rows = [[field.strip() for field in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]
    assert head == ["Algorithm", "CIDEr", "ROUGE-L", "chrF2"]
    assert ["MLE", "–", "–", "45.00 ± 0.00"] in rows
    assert rows[-1] == ["MLE", "150.00", "62.00", "–"]


def test_table_1_shows_partial_and_diverged_cells_and_says_what_the_marks_mean(tmp_path):
    experiment = make_experiment(TASKS)
    write_cell(tmp_path, experiment, "plain", "vaml", [27.75, 27.85], diverged=1)
    write_cell(tmp_path, experiment, "plain", "raml", [27.75], diverged=2)
    _, text, _ = written(experiment, tmp_path, 1)
    assert "27.80† (2/3)" in text
    assert "27.75† (1/3)" in text
    assert "– (0/3)" in text
    assert "A mean of two runs has no standard deviation" in text
    assert "(k/n)" in text
    assert "† after our numbers" in text


def test_the_best_of_each_category_is_bold_and_a_lone_number_is_not(tmp_path):
    experiment = make_experiment({"mt": {"paper_setting": "mt", **ONE_SEED}})
    for algorithm, bleu in (("mle", 30.0), ("raml", 21.0), ("vaml", 20.0), ("erac", 25.0)):
        write_cell(tmp_path, experiment, "mt", algorithm, [bleu])
    _, text, _ = written(experiment, tmp_path, 1)
    assert "**21.00**" in text
    assert not {"**20.00**", "**30.00**", "**25.00**"} & set(text.split())
    assert "***28.30 ± 0.06***" in text


def test_table_1_has_the_control_where_a_task_asks_for_it(tmp_path):
    asking = {"algorithms": ["mle", "mle-continued", "erac"]}
    experiment = make_experiment({"plain": TASKS["plain"] | asking, "own": TASKS["own"]})
    write_cell(tmp_path, experiment, "plain", "mle", [27.0, 27.2, 27.1])
    write_cell(tmp_path, experiment, "plain", "mle-continued", [28.0, 28.2, 28.1])
    write_cell(tmp_path, experiment, "plain", "erac", [27.0, 27.2, 27.1])
    data, text, _ = written(experiment, tmp_path, 1)
    ours = cell(data, "plain", "mle-continued")
    assert (ours["mean"], ours["n_planned"]) == (pytest.approx(28.1), 3)
    assert pd.isna(ours["paper_mean"])
    (row,) = [line for line in text.splitlines() if "MLE continued" in line]
    assert "**28.10 ± 0.10**" in row  # Better than ERAC, for which it is the control.


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0], [False, True]),
        ([2.001, 2.004], [True, True]),
        ([float("nan"), 2.0], [False, False]),
        ([None, 1.0, 3.0], [False, False, True]),
        ([], []),
    ],
)
def test_numbers_are_compared_as_printed(values, expected):
    assert best(values) == expected


def test_a_cell_in_which_every_run_diverged_says_so(tmp_path):
    experiment = make_experiment({"mt": {"seeds": {"critics": 1, "actors": 3}}})
    write_cell(tmp_path, experiment, "mt", "erac", [], diverged=3)
    assert mean_std(scores_of(experiment, tmp_path).algorithm("mt", "erac")) == "–† (0/3)"


def test_table_2_has_the_maximum_of_the_task_with_input_feeding(tmp_path):
    experiment = make_experiment(TASKS)
    write_cell(tmp_path, experiment, "plain", "erac", [50.0])
    write_cell(tmp_path, experiment, "fed", "erac", [26.0, 28.0])
    data, text, _ = written(experiment, tmp_path, 2)
    ours = cell(data, "fed", "erac")
    assert (ours["max"], ours["mean"], ours["paper_max"], ours["paper_mean"]) == (28.0, 27.0, 29.36, 29.31)
    mixer = data[data["algorithm"] == "MIXER"].iloc[0]
    assert (mixer["paper_max"], mixer["citation"], mixer["n"]) == (20.73, "Ranzato et al., 2015", 0)
    assert "best of 9 runs" in text


def test_table_2_without_such_a_task_has_the_paper_s_numbers_alone(tmp_path):
    data, text, _ = written(make_experiment(), tmp_path, 2)
    assert data["n_planned"].sum() == 0
    (row,) = re.findall(r"^\| ERAC .*", text, re.MULTILINE)
    assert [field.strip() for field in row.split("|")[1:-1]] == ["ERAC", "***29.36***", "", ""]


def test_table_4_takes_the_task_beside_the_papers_first_column(tmp_path):
    experiment = make_experiment({"own": {}, "plain": TASKS["plain"]})
    write_cell(tmp_path, experiment, "plain", "erac-no-future-entropy", [28.0, 28.4])
    data, *_ = written(experiment, tmp_path, 4)
    assert set(data["task"]) == {"plain"}
    found = cell(data, "plain", "erac-no-future-entropy")
    assert (found["mean"], found["max"], found["paper_mean"], found["paper_max"]) == (28.2, 28.4, 28.06, 28.11)


def test_table_5_marks_what_the_released_code_does_otherwise(tmp_path):
    data, text, _ = written(make_experiment(), tmp_path, 5)
    differing = data[data["differs"] == "≠"].set_index("field")
    assert {field: differing.loc[field, "note"] for field in differing.index} == {
        "q_network.samples": "A9",
        "vaml.tau": "A10",
        "raml.tau": "A10",
    }
    assert "6 ≠ 5 [A9]" in text
    assert "[A10] RAML's importance weights do not divide by τ" in text


def test_tables_5_and_6_of_the_recipe_paper_are_the_papers(tmp_path):
    experiment = make_experiment({"plain": TASKS["plain"], "fed": TASKS["fed"]}, recipe="paper")
    for number, cells in ((5, 32), (6, 32)):
        data, text, _ = written(experiment, tmp_path, number)
        assert len(data) == cells
        assert data["paper"].notna().all()
        assert data["differs"].isna().all()
        assert "≠" not in text


def test_table_6_marks_a_setting_of_ones_own_without_a_reason(tmp_path):
    task = TASKS["plain"] | {"joint": {"learning_rate": 0.001}}
    data, text, _ = written(make_experiment({"plain": task}), tmp_path, 6)
    found = data[data["field"] == "joint.learning_rate"].iloc[0]
    assert (found["differs"], str(found["note"])) == ("≠", "nan")
    assert "**0.001 ≠ 0.0001**" in text
    assert "0.045 ≠ 0.04 [E11]" in text


def test_a_task_beside_no_column_of_the_paper_is_printed_without_comparison(tmp_path):
    data, *_ = written(make_experiment({"own": {}, "plain": TASKS["plain"]}), tmp_path, 6)
    assert data[data["task"] == "own"]["paper"].isna().all()
    assert data[data["task"] == "own"]["differs"].isna().all()


def test_table_7_has_our_architecture_under_its_depth_where_we_have_runs(tmp_path):
    fed = TASKS["fed"] | {"network": {"input_feeding": True, "units": 64}} | ONE_SEED
    experiment = make_experiment({"fed": fed})
    write_cell(tmp_path, experiment, "fed", "erac", [29.0])
    _, text, _ = written(experiment, tmp_path, 7)
    (ours,) = [row for row in text.splitlines() if row.startswith("| ERAC, ours")]
    fields = [field.strip() for field in ours.split("|")[1:-1]]
    assert fields == ["ERAC, ours", "BiLSTM", "32 × 2", "LSTM", "64", "Dot-Prod", "Y", "29.00"]
    assert text.index(ours) < text.index("**Two layers**")


def test_the_caption_says_on_which_data_the_numbers_stand(tmp_path):
    task = {"mt": {"paper_setting": "mt"} | ONE_SEED}
    small, full = make_experiment(task), make_experiment(task, datasets={"mini": {"kind": "iwslt14"}})
    for number in range(1, 8):
        assert "only the sign of each difference" in written(small, tmp_path, number)[1].split("\n\n")[0]
        assert "as in the paper" in written(full, tmp_path, number)[1].split("\n\n")[0]


def test_an_experiment_of_one_s_own_has_no_table_of_the_paper(tmp_path):
    experiment = make_experiment(
        {"mine": {"algorithms": ["mle", "erac"], **ONE_SEED}},
        ablations={"figure1": {"task": "mine", "vary": {"actor_critic.tau": [0.0, 0.02]}}},
    )
    write_cell(tmp_path, experiment, "mine", "ac", [20.0])
    assert table_names(experiment) == ["table1", "ablation-figure1"]
    data, *texts = written(experiment, tmp_path, 1)
    # The grid trains AC, which the task does not ask for.
    assert data["algorithm"].tolist() == ["mle", "erac"]
    assert "paper" not in " ".join(texts)
    with pytest.raises(UserError, match="table2: belongs to the paper"):
        written(experiment, tmp_path, 2)


@pytest.fixture(scope="module")
def latex_of_all(tmp_path_factory):
    """Return the LaTeX of every table of the mini experiment's shape, whose texts are long, by the table's name."""
    results = tmp_path_factory.mktemp("results")
    captions = {"dataset": "scenes", "paper_setting": "captioning", "label": "Image Captioning (30 % of it)"}
    grids = {
        "table3": {
            "task": "plain",
            "vary": {"actor_critic.lambda_var": [0.0, 0.001], "actor_critic.beta": [0.001, 0.01, 0.1, 1.0]},
        },
        "weights": {"task": "plain", "algorithm": "raml", "vary": {"raml.tau": [1.0, 0.4]}, "metric": "test_bleu"},
    }
    experiment = make_experiment(
        {**TASKS, "captioning": captions},
        datasets={"mini": {"kind": "mini"}, "scenes": {"kind": "mini-captions"}},
        ablations=grids,
    )
    for task in experiment.tasks:
        for number, algorithm in enumerate(experiment.tasks[task].algorithms):
            more = {"test_length_ratio": 0.9, "test_chrf": 50.0}
            write_cell(results, experiment, task, algorithm, [28.0, 28.5, 29.5 + number], **more)
    write_cell(results, experiment, "plain", "erac", [28.0, 28.2], diverged=1)
    scores = scores_of(experiment, results)
    judgement = judge_experiment(scores, [])
    found = [make_table(scores, name) for name in table_names(experiment)]
    found += [measures_table(scores), *verdict_tables(judgement), *difference_tables(experiment, judgement.effects)]
    return {table.name: (table, latex(table)) for table in found}


LATEX = [*(f"table{number}" for number in range(1, 8)), "ablation-table3", "ablation-weights"]
LATEX += ["measures", "gains", "gain-parts", "systems", "recipe-differences", "recipe-effects"]


def test_every_table_has_its_latex_checked(latex_of_all):
    assert set(latex_of_all) == set(LATEX)


@pytest.mark.parametrize("name", LATEX)
def test_the_latex_is_balanced_escaped_rectangular_and_no_wider_than_a_page(latex_of_all, name):
    table, text = latex_of_all[name]
    assert sorted(re.findall(r"\\begin\{([\w*]+)\}", text)) == sorted(re.findall(r"\\end\{([\w*]+)\}", text))
    bare = re.sub(r"\\[\\{}_%&#$]", "", text)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    outside_maths = re.sub(r"\$[^$]*\$", "", bare)
    assert "_" not in outside_maths.replace("tab:", "")
    assert text.isascii()
    width = len(re.search(r"\\begin\{tabularx?\}(?:\{\\linewidth\})?\{(\w+)\}", text)[1])
    body = text.split(r"\midrule", 1)[1].split(r"\bottomrule")[0]
    rows = [row for row in body.splitlines() if row.endswith(r"\\") and r"\multicolumn" not in row]
    assert rows or name == "systems"
    assert all(len(re.findall(r"(?<!\\)&", row)) == width - 1 for row in rows)
    # Rules are above and below, below the head, and above the heading of a block.
    assert body.count(r"\midrule") == max(body.count(r"\multicolumn") - 1, 0)
    # 16 cm, the width of a page in the style of the ACL's conferences.
    assert table.points <= 455


def test_latex_escapes_what_it_would_read_as_a_command():
    assert latex_escape(r"a_b & 5% \x") == r"a\_b \& 5\% \textbackslash{}x"
    assert latex_escape("nrefs:1|<unk>") == r"nrefs:1\textbar{}\textless{}unk\textgreater{}"
    assert latex_escape("λ_var = 0†") == r"$\lambda_{\mathrm{var}}$ = 0$^\dagger$"


def test_the_markdown_of_a_label_with_a_bar_keeps_its_columns(tmp_path):
    _, text, _ = written(make_experiment({"mt": {"label": "a|b"}}), tmp_path, 1)
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


@pytest.mark.parametrize(
    "label", ["R&D & more", "a &amp; b", "&#60;b&#x3E;", "~~old~~ ~10", "*a* _b_ `c` |", "<b>", "[x](y)", "\\&lt;"]
)
def test_markdown_shows_a_label_as_it_is(label):
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown_escape(label))
    assert shown == f"<p>{html.escape(label)}</p>\n"


def test_table_8_is_refused(tmp_path):
    with pytest.raises(UserError, match="Tables 1 to 7"):
        write_table(make_experiment(), tmp_path, "table8")


def test_the_markdown_of_a_label_has_no_html_and_no_link_of_it(tmp_path):
    label = "<script>alert(1)</script> [x](javascript:alert) `a`"
    experiment = make_experiment({"mt": {"label": label, "paper_setting": "mt"}})
    for number in (1, 5):
        _, text, _ = written(experiment, tmp_path, number)
        assert r"\<script>alert(1)\</script> [x\](javascript:alert) \`a\`" in text
        assert not re.search(r"(?<!\\)<|(?<!\\)\]\(", text)
