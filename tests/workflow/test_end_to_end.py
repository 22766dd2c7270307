"""The whole workflow on a tiny experiment of translation and captioning, and what can be done with its results."""

import json
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
from calls import add_captioning, changed, plan, snakemake
from processes import run

from erac_vaml.config import load_experiment
from erac_vaml.operations.outdated import EXIT_STATUS
from erac_vaml.plan import Plan

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]
RUN_FILES = ("scores.json", "history.csv", "hypotheses.txt", "manifest.json", "model.safetensors")
GRIDS = ["ablation-table3", "ablation-figure1", "ablation-figure1-captioning", "recipe-differences"]
TABLES = [*(f"table{number}" for number in range(1, 8)), *GRIDS, "measures", "gains", "gain-parts", "systems"]
FIGURES = [
    "figure1",
    "gains",
    *GRIDS,
    *(f"{kind}-{task}" for kind in ("learning-curves", "breakdown") for task in ("mt", "captioning")),
]
CAPTION_RUN = "runs/captioning/mle/seed1"


@pytest.fixture(scope="module")
def configuration(tmp_path_factory):
    """The file of the experiment's configuration."""
    return changed(tmp_path_factory.mktemp("configuration") / "tiny.yaml", add_captioning)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, configuration):
    """The folder of the finished experiment. Do not change it."""
    directory = tmp_path_factory.mktemp("end-to-end")
    done = snakemake(directory, "--keep-going", configuration=configuration)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished experiment, which a test may change."""
    return shutil.copytree(finished, tmp_path / "copy")


@pytest.fixture(scope="module")
def results(finished):
    return finished / "results" / "tiny"


def missing(folder, names):
    return [name for name in names if not (folder / name).is_file()]


def test_every_run_has_its_files_a_log_and_a_benchmark(results, configuration):
    runs = Plan(load_experiment(configuration)).runs
    assert missing(results, [f"{path}/{name}" for path in runs for name in RUN_FILES]) == []
    assert missing(results, [f"logs/{path}.log" for path in runs]) == []
    assert missing(results, [f"benchmarks/{path}.tsv" for path in runs]) == []


def test_every_table_figure_and_the_page_are_there(results):
    tables = [f"{name}.{kind}" for name in TABLES for kind in ("csv", "md", "tex", "html")]
    assert missing(results / "tables", tables) == []
    assert missing(results / "figures", [f"{name}.{kind}" for name in FIGURES for kind in ("pdf", "png", "csv")]) == []
    assert missing(results, ["scores.csv", "verdict.json", "verdict.md", "report.html", "checklist.md"]) == []


def test_no_run_is_missing_from_the_scores(results):
    scores = pd.read_csv(results / "scores.csv")
    assert scores["task"].value_counts().to_dict() == {"mt": 12, "captioning": 5}
    assert set(scores["status"]) <= {"finished", "diverged"}


def test_the_frozen_configuration_plans_the_same_runs(results, configuration):
    frozen = Plan(load_experiment(results / "config.yaml")).runs
    assert {path: run.fields for path, run in frozen.items()} == {
        path: run.fields for path, run in Plan(load_experiment(configuration)).runs.items()
    }


def test_a_second_call_does_nothing(finished, configuration):
    assert "Nothing to be done" in snakemake(finished, configuration=configuration).stderr


def test_a_touched_score_makes_its_tables_and_the_scores_anew(copy, configuration):
    scores = copy / "results" / "tiny" / "runs" / "mt" / "vaml" / "critic1-actor1" / "scores.json"
    scores.write_text(scores.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert plan(copy, configuration=configuration).jobs == {
        "Collecting the scores of all runs",
        "Writing Table 1 and the other measures",
        "Drawing learning-curves-mt",
        "Drawing breakdown-mt",
        "Comparing the algorithms, and testing the paper's claims",
        "Writing the report",
    }


def test_snakemake_s_own_report_has_tables_and_figures(finished, configuration):
    done = snakemake(finished, "--report", "snakemake.html", configuration=configuration)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (finished / "snakemake.html").read_text(encoding="utf-8")
    assert [
        name for name in ("table1.csv", "figure1.png", "recipe-differences.png", "report.html") if name not in page
    ] == []


def test_partial_tables_are_made_of_the_runs_there_are(copy, configuration):
    results = copy / "results" / "tiny"
    shutil.rmtree(results / "runs" / "mt" / "vaml")
    whole = (results / "tables" / "table1.csv").read_bytes()
    done = snakemake(copy, "partial", configuration=configuration)
    assert done.returncode == 0, done.stdout + done.stderr
    scores = pd.read_csv(results / "partial" / "scores.csv").set_index("algorithm")
    assert scores.loc["vaml", "status"] == "missing"
    assert missing(results / "partial", ["tables/table1.md", "figures/figure1.png", "verdict.md", "report.html"]) == []
    assert (results / "tables" / "table1.csv").read_bytes() == whole
    assert plan(copy, configuration=configuration).trained == {"mt/vaml/critic1-actor1"}


def test_runs_of_other_settings_are_trained_anew_once_the_old_ones_are_set_aside(copy, tmp_path):
    def draw_more(configuration):
        configuration["defaults"]["raml"].update(samples=3)

    def planned(*options):
        return run([sys.executable, "-m", "erac_vaml.cli", "plan", "--config", other, *options], cwd=copy)

    other = changed(tmp_path / "other.yaml", add_captioning, draw_more)
    raml = "runs/mt/raml/seed1"
    old = (copy / "results/tiny" / raml / "manifest.json").read_bytes()
    assert snakemake(copy, configuration=other).returncode == EXIT_STATUS
    shown = planned()
    assert (shown.returncode, "raml.samples was 2, is 3" in shown.stdout) == (EXIT_STATUS, True)
    assert planned("--yes").returncode == planned().returncode == 0
    (aside,) = (copy / "results/tiny/replaced").iterdir()
    assert (aside / raml / "manifest.json").read_bytes() == old
    done = snakemake(copy, f"results/tiny/{raml}/scores.json", configuration=other)
    assert done.returncode == 0, done.stderr
    assert '"raml.samples": 3' in (copy / "results/tiny" / raml / "manifest.json").read_text(encoding="utf-8")


def test_captions_are_written_for_coco_s_tools_too(results):
    lines = (results / CAPTION_RUN / "hypotheses.txt").read_text(encoding="utf-8").splitlines()
    entries = json.loads((results / CAPTION_RUN / "hypotheses.json").read_text(encoding="utf-8"))
    assert [entry["caption"] for entry in entries] == lines
    annotations = json.loads((results / "data/scenes/scenes/test.json").read_text(encoding="utf-8"))
    assert [entry["image_id"] for entry in entries] == [image["id"] for image in annotations["images"]]


def test_table_1_has_both_tasks_and_captions_have_other_measures(results):
    tables = [pd.read_csv(results / "tables" / f"{name}.csv") for name in ("table1", "measures")]
    table = pd.concat(tables)
    scored = table[(table["algorithm"] == "mle") & (table["n"] == 1)]
    bleu = scored.set_index(["task", "metric"])["mean"]
    assert {("mt", "test_bleu"), ("captioning", "test_bleu"), ("captioning", "test_cider")} <= set(bleu.index)
    assert bleu["captioning", "test_bleu"] == pytest.approx(bleu["captioning", "test_sacrebleu"], abs=0.02)


def test_figure_1_has_a_panel_for_each_task(results):
    data = pd.read_csv(results / "figures" / "figure1.csv")
    assert list(dict.fromkeys(data["task"])) == ["mt", "captioning"]
    assert data["actor_critic.tau"].dropna().tolist() == [0.0, 0.045, 0.0, 0.01]


def test_the_page_shows_a_dozen_images_with_their_captions(results):
    page = (results / "report.html").read_text(encoding="utf-8")
    assert page.count('class="sample pictured"') == 12
    references = (results / "data/scenes/test.references.txt").read_text(encoding="utf-8")
    for caption in references.splitlines()[0].split("\t"):
        assert caption in page


def test_a_trained_run_captions_a_folder_of_images(finished, results, configuration):
    command = [sys.executable, "-m", "erac_vaml.cli", "caption", "--config", configuration]
    command += ["--run", CAPTION_RUN, "--images", results / "data/scenes/scenes/images"]
    done = run(command, cwd=finished)
    assert done.returncode == 0, done.stderr
    captions = dict(line.split("\t") for line in done.stdout.splitlines())
    tested = (results / CAPTION_RUN / "hypotheses.txt").read_text(encoding="utf-8").splitlines()
    assert len(captions) == 39
    assert [captions[f"test-{number:05d}.png"] for number in range(14)] == tested


def test_given_features_take_the_place_of_images(results, tmp_path):
    """The captions are the same, split by names. The images are not read, and a change of the features is noticed."""
    data, splits = results / "data" / "scenes", ("train", "valid", "test")
    names = [line.split("\t")[0] for line in (data / "images.tsv").read_text(encoding="utf-8").splitlines()]
    chosen = {split: [name for name in names if name.startswith(split)] for split in splits} | {"ids": names}
    for file, lines in chosen.items():
        (tmp_path / f"{file}.txt").write_text("".join(f"{name}\n" for name in lines), encoding="utf-8")
    np.save(tmp_path / "own.npy", np.random.default_rng(1).normal(size=(len(names), 3)).astype(np.float32))

    def change(configuration):
        configuration["datasets"]["scenes"] = {
            "kind": "captions",
            "captions": [str(data / "scenes" / f"{split}.json") for split in splits],
            **{split: f"{split}.txt" for split in splits},
            "tokeniser": "python",
            "features": "own.npy",
            "feature_ids": "ids.txt",
        }
        configuration["tasks"]["captioning"] = {"dataset": "scenes", "algorithms": ["mle"]}

    own = changed(tmp_path / "own.yaml", change)
    target = f"results/tiny/{CAPTION_RUN}/scores.json"
    done = snakemake(tmp_path, target, configuration=own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / target).read_text(encoding="utf-8"))["status"] == "finished"
    assert plan(tmp_path, target, configuration=own).jobs == set()
    np.save(tmp_path / "own.npy", np.zeros((len(names), 3), np.float32))
    again = plan(tmp_path, target, configuration=own)
    assert again.others == {"Making features of the images of scenes"}
    assert again.trained == {"captioning/mle/seed1"}
