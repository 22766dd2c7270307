"""`erac-vaml summarise` with missing and diverged runs: all tables, figures, verdict and page, with counts."""

import json
import sys

import pandas as pd
import pytest
import yaml
from fake_results import make_experiment, write_cell, write_history, write_hypotheses, write_run, write_texts

from erac_vaml.cli import main
from erac_vaml.plan import Plan, grid_cells
from erac_vaml.reporting.figures.catalogue import figure_names

pytestmark = pytest.mark.slow
TAU, BETA, LAMBDA = "actor_critic.tau", "actor_critic.beta", "actor_critic.lambda_var"
GRIDS = {
    "figure1": {"task": "mt", "vary": {TAU: [0.0, 0.02, 0.045, 0.5]}, "metric": "test_bleu"},
    "table3": {"task": "mt", "vary": {LAMBDA: [0.0, 0.001], BETA: [0.001, 0.1, 1.0]}},
    "weights": {"task": "mt", "algorithm": "raml", "vary": {"raml.tau": [1.0, 0.4]}, "metric": "test_bleu"},
}
SETS = {
    "everything is missing": {},
    "some is missing, some diverged": {"mle": (9, 0), "raml": (4, 2), "vaml": (0, 3), "ac": (9, 0), "erac": (6, 3)},
    "all diverged": dict.fromkeys(("mle", "raml", "vaml", "ac", "erac", "erac-no-future-entropy"), (0, 9)),
}


@pytest.fixture(scope="module", params=SETS, ids=lambda name: name.replace(" ", "-"))
def made(request, tmp_path_factory):
    """(results, the experiment, finished and diverged runs of each algorithm) after `summarise`."""
    results = tmp_path_factory.mktemp("results")
    experiment = make_experiment({"mt": {"paper_setting": "mt"}, "own": {"algorithms": ["mle"]}}, ablations=GRIDS)
    write_texts(results)
    ended = SETS[request.param]
    for algorithm, (finished, diverged) in ended.items():
        write_cell(results, experiment, "mt", algorithm, [20.0 + number for number in range(finished)], diverged)
    if ended:
        highest = grid_cells(experiment, "figure1")[-1]
        for run in highest.runs[:5]:
            write_run(results, run, status="diverged")
    for path in (results / "runs").glob("*/*/*"):
        write_hypotheses(path, ["the sentence is said ."] * 30)
        write_history(path, [10.0, 15.0])
    (results / "config.yaml").write_text(yaml.safe_dump(experiment.model_dump(mode="json", exclude={"defaults"})))
    patch = pytest.MonkeyPatch()
    arguments = ["summarise", "--config", str(results / "config.yaml"), "--results", str(results)]
    patch.setattr(sys, "argv", ["erac-vaml", *arguments])
    with pytest.raises(SystemExit) as done:
        main()
    patch.undo()
    assert not done.value.code
    return results, experiment, ended


def test_every_file_is_there(made):
    results, experiment, _ = made
    tables = [*(f"table{number}" for number in range(1, 8)), *(f"ablation-{grid}" for grid in GRIDS)]
    tables += ["measures", "gains", "gain-parts", "systems", "recipe-differences", "recipe-effects"]
    wanted = [f"tables/{name}.{kind}" for name in tables for kind in ("csv", "md", "tex", "html")]
    figures = [*figure_names(experiment), "gains", "recipe-differences"]
    wanted += [f"figures/{name}.{kind}" for name in figures for kind in ("png", "pdf", "csv")]
    wanted += ["scores.csv", "verdict.json", "verdict.md", "report.html", "checklist.md"]
    assert [name for name in wanted if not (results / name).stat().st_size] == []


def test_table_1_counts_what_finished_and_what_diverged(made):
    results, experiment, ended = made
    table = pd.read_csv(results / "tables" / "table1.csv")
    mt = table[table["task"] == "mt"].set_index("algorithm")
    found = {name: (int(row["n"]), int(row["n_diverged"])) for name, row in mt.iterrows()}
    assert found == {name: ended.get(name, (0, 0)) for name in experiment.tasks["mt"].algorithms}


def test_figure_1_counts_them_by_tau(made):
    results, _, ended = made
    table = pd.read_csv(results / "figures" / "figure1.csv").dropna(subset=TAU).set_index(TAU)
    highest = 5 if ended else 0
    assert table["n_diverged"].tolist() == [ended.get("ac", (0, 0))[1], 0, ended.get("erac", (0, 0))[1], highest]


def test_page_and_verdict_count_all_of_them(made):
    results, experiment, ended = made
    finished = sum(count for count, _ in ended.values())
    diverged = sum(count for _, count in ended.values()) + (5 if ended else 0)
    missing = len(Plan(experiment).runs) - finished - diverged
    verdict = json.loads((results / "verdict.json").read_text())
    assert verdict["runs"] == {"finished": finished, "diverged": diverged, "missing": missing}
    page = (results / "report.html").read_text()
    for status, count in verdict["runs"].items():
        assert (f">{count} {status}</a>" in page) == bool(count)
    assert page.count("the loss is nan</td>") == 2 * diverged


def test_the_forest_plot_s_data_count_the_pairs(made):
    results, _, _ = made
    (row,) = pd.read_csv(results / "figures" / "recipe-differences.csv").to_dict("records")
    assert (row["difference"], row["pairs"], row["n_planned"]) == ("A10", 0, 9)
