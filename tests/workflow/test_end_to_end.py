"""The whole workflow, really run on a tiny experiment."""

import shutil
import sys

import pandas as pd
import pytest
from calls import TINY, changed, plan, snakemake
from processes import run

from erac_vaml.config import load_experiment
from erac_vaml.operations.outdated import EXIT_STATUS
from erac_vaml.plan import plan_runs

pytestmark = pytest.mark.slow
RUN_FILES = ("scores.json", "history.csv", "hypotheses.txt", "manifest.json", "model.safetensors")
TABLES = [*(f"table{number}" for number in range(1, 8)), "ablation-table3", "ablation-figure1", "recipe-differences"]
FIGURES = ["figure1", "ablation-table3", "recipe-differences", "learning-curves-mt", "breakdown-mt"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of the finished experiment."""
    directory = tmp_path_factory.mktemp("end-to-end")
    done = snakemake(directory, "--keep-going")
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.fixture(scope="module")
def results(finished):
    return finished / "results" / "tiny"


def missing(folder, names):
    return [name for name in names if not (folder / name).is_file()]


def test_every_run_has_its_files(results):
    runs = plan_runs(load_experiment(TINY))
    assert missing(results, [f"{path}/{name}" for path in runs for name in RUN_FILES]) == []


def test_every_run_has_a_log_and_a_benchmark(results):
    runs = plan_runs(load_experiment(TINY))
    assert missing(results, [f"logs/{path}.log" for path in runs]) == []
    assert missing(results, [f"benchmarks/{path}.tsv" for path in runs]) == []


def test_every_table_figure_and_the_page_are_there(results):
    assert (
        missing(results / "tables", [f"{name}.{kind}" for name in TABLES for kind in ("csv", "md", "tex", "html")])
        == []
    )
    assert missing(results / "figures", [f"{name}.{kind}" for name in FIGURES for kind in ("pdf", "png", "csv")]) == []
    assert missing(results, ["scores.csv", "verdict.json", "verdict.md", "report.html"]) == []


def test_no_run_is_missing_from_the_scores(results):
    scores = pd.read_csv(results / "scores.csv")
    assert len(scores) == 12
    assert set(scores["status"]) <= {"finished", "diverged"}


def test_the_frozen_configuration_plans_the_same_runs(results):
    frozen = plan_runs(load_experiment(results / "config.yaml"))
    assert {path: run.fields for path, run in frozen.items()} == {
        path: run.fields for path, run in plan_runs(load_experiment(TINY)).items()
    }


def test_a_second_call_does_nothing(finished):
    assert plan(finished).jobs == set()
    assert "Nothing to be done" in snakemake(finished).stderr


def test_a_touched_score_makes_its_tables_and_the_scores_anew(finished, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    scores = copy / "results" / "tiny" / "runs" / "mt" / "vaml" / "critic1-actor1" / "scores.json"
    scores.write_text(scores.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert plan(copy).jobs == {
        "Collecting the scores of all runs",
        "Writing Table 1",
        "Drawing learning-curves-mt",
        "Drawing breakdown-mt",
        "Judging the paper's numbers and claims by the runs",
        "Writing the page with the verdict, all tables and figures",
    }


def test_snakemake_s_own_report_has_tables_and_figures(finished):
    done = snakemake(finished, "--report", "snakemake.html")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (finished / "snakemake.html").read_text(encoding="utf-8")
    assert [
        name for name in ("table1.csv", "figure1.png", "recipe-differences.png", "report.html") if name not in page
    ] == []


def test_partial_tables_are_made_of_the_runs_there_are(finished, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    results = copy / "results" / "tiny"
    shutil.rmtree(results / "runs" / "mt" / "vaml")
    whole = (results / "tables" / "table1.csv").read_bytes()
    done = snakemake(copy, "partial")
    assert done.returncode == 0, done.stdout + done.stderr
    scores = pd.read_csv(results / "partial" / "scores.csv").set_index("algorithm")
    assert scores.loc["vaml", "status"] == "missing"
    assert missing(results / "partial", ["tables/table1.md", "figures/figure1.png", "verdict.md", "report.html"]) == []
    assert (results / "tables" / "table1.csv").read_bytes() == whole
    assert plan(copy).trained == {"mt/vaml/critic1-actor1"}


def test_runs_of_other_settings_are_trained_anew_once_the_old_ones_are_set_aside(finished, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    other = changed(tmp_path / "other.yaml", lambda configuration: configuration["defaults"]["raml"].update(samples=3))
    raml = "runs/mt/raml/seed1"
    old = (copy / "results/tiny" / raml / "manifest.json").read_bytes()
    assert snakemake(copy, configuration=other).returncode == EXIT_STATUS

    def planned(*options):
        command = [sys.executable, "-m", "erac_vaml.cli", "plan", "--config", other, *options]
        return run(command, cwd=copy)

    shown = planned()
    assert (shown.returncode, "raml.samples was 2, is 3" in shown.stdout) == (EXIT_STATUS, True)
    assert planned("--yes").returncode == planned().returncode == 0
    (aside,) = (copy / "results/tiny/replaced").iterdir()
    assert (aside / raml / "manifest.json").read_bytes() == old
    done = snakemake(copy, f"results/tiny/{raml}/scores.json", configuration=other)
    assert done.returncode == 0, done.stderr
    assert '"raml.samples": 3' in (copy / "results/tiny" / raml / "manifest.json").read_text(encoding="utf-8")
