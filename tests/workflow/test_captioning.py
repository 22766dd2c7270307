"""Captioning in the workflow: a task like any other, beside translation."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from calls import plan, snakemake
from processes import run

CAPTIONS = Path(__file__).with_name("captions.yaml")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of the finished experiment."""
    directory = tmp_path_factory.mktemp("captions")
    done = snakemake(directory, configuration=CAPTIONS)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


def test_scenes_are_rendered_turned_into_features_and_trained_on(tmp_path):
    planned = plan(tmp_path, configuration=CAPTIONS)
    assert {"Preparing data set scenes", "Making features of the images of scenes"} <= planned.others
    assert planned.counts["prepare_captions"] == planned.counts["extract_features"] == 1
    assert {"captioning/mle/seed1", "captioning/erac/critic1-actor1", "captioning/ac/critic1-actor1"} <= planned.trained


def test_table_4_needs_no_images(tmp_path):
    assert "Preparing data set scenes" not in plan(tmp_path, "table4", configuration=CAPTIONS).others


@pytest.mark.slow
def test_captions_are_written_for_cocos_tools_too(finished):
    run = finished / "results" / "captions" / "runs" / "captioning" / "mle" / "seed1"
    lines = (run / "hypotheses.txt").read_text(encoding="utf-8").splitlines()
    results = json.loads((run / "hypotheses.json").read_text(encoding="utf-8"))
    assert [entry["caption"] for entry in results] == lines
    annotations = json.loads((finished / "results/captions/data/scenes/scenes/test.json").read_text(encoding="utf-8"))
    assert [entry["image_id"] for entry in results] == [image["id"] for image in annotations["images"]]


@pytest.mark.slow
def test_table_1_has_both_tasks_and_captionings_other_measures(finished):
    table = pd.read_csv(finished / "results" / "captions" / "tables" / "table1.csv")
    scored = table[(table["algorithm"] == "mle") & (table["n"] == 1)]
    assert {("mt", "test_bleu"), ("captioning", "test_bleu"), ("captioning", "test_cider")} <= set(
        zip(scored["task"], scored["metric"], strict=True)
    )
    bleu = scored.set_index(["task", "metric"])["mean"]
    assert bleu["captioning", "test_bleu"] == pytest.approx(bleu["captioning", "test_sacrebleu"], abs=0.02)


@pytest.mark.slow
def test_figure_1_has_a_panel_for_each_task(finished):
    data = pd.read_csv(finished / "results" / "captions" / "figures" / "figure1.csv")
    assert list(dict.fromkeys(data["task"])) == ["mt", "captioning"]
    assert data["actor_critic.tau"].dropna().tolist() == [0.0, 0.045, 0.0, 0.01]


@pytest.mark.slow
def test_the_page_shows_a_dozen_images_with_their_captions(finished):
    page = (finished / "results" / "captions" / "report.html").read_text(encoding="utf-8")
    assert page.count('class="sample pictured"') == 12
    references = (finished / "results/captions/data/scenes/test.references.txt").read_text(encoding="utf-8")
    for caption in references.splitlines()[0].split("\t"):
        assert caption in page


@pytest.mark.slow
def test_a_second_call_does_nothing(finished):
    assert plan(finished, configuration=CAPTIONS).jobs == set()


@pytest.mark.slow
def test_a_trained_run_captions_a_folder_of_images(finished):
    images = finished / "results" / "captions" / "data" / "scenes" / "scenes" / "images"
    command = [sys.executable, "-m", "erac_vaml.cli", "caption", "--config", str(CAPTIONS)]
    command += ["--run", "runs/captioning/mle/seed1", "--images", str(images)]
    done = run(command, cwd=finished)
    assert done.returncode == 0, done.stderr
    said = dict(line.split("\t") for line in done.stdout.splitlines())
    tested = (finished / "results/captions/runs/captioning/mle/seed1/hypotheses.txt").read_text().splitlines()
    assert len(said) == 39
    assert [said[f"test-{number:05d}.png"] for number in range(14)] == tested


@pytest.mark.slow
def test_features_of_ones_own_take_the_place_of_images(finished, tmp_path):
    """The same captions, split by names; the images are not read, and a change of the features is noticed."""
    data = finished / "results" / "captions" / "data" / "scenes"
    names = [line.split("\t")[0] for line in (data / "images.tsv").read_text(encoding="utf-8").splitlines()]
    for split in ("train", "valid", "test"):
        chosen = [name for name in names if name.startswith(split)]
        (tmp_path / f"{split}.txt").write_text("".join(f"{name}\n" for name in chosen), encoding="utf-8")
    np.save(tmp_path / "own.npy", np.random.default_rng(1).normal(size=(len(names), 3)).astype(np.float32))
    (tmp_path / "ids.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    configuration = yaml.safe_load(CAPTIONS.read_text(encoding="utf-8"))
    configuration["name"] = "own"
    configuration["datasets"]["scenes"] = {
        "kind": "captions",
        "captions": [str(data / "scenes" / f"{split}.json") for split in ("train", "valid", "test")],
        **{split: str(tmp_path / f"{split}.txt") for split in ("train", "valid", "test")},
        "tokeniser": "python",
        "features": str(tmp_path / "own.npy"),
        "feature_ids": str(tmp_path / "ids.txt"),
    }
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    target = "results/own/runs/captioning/mle/seed1/scores.json"
    done = snakemake(tmp_path, target, configuration=tmp_path / "own.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / target).read_text(encoding="utf-8"))["status"] == "finished"
    planned = plan(tmp_path, target, configuration=tmp_path / "own.yaml")
    assert planned.jobs == set()
    np.save(tmp_path / "own.npy", np.zeros((len(names), 3), np.float32))
    again = plan(tmp_path, target, configuration=tmp_path / "own.yaml")
    assert again.others == {"Making features of the images of scenes"}
    assert again.trained == {"captioning/mle/seed1"}
