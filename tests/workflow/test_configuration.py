"""How the workflow reads its configuration: from several places, with faults told in one line."""

import pytest
from calls import ROOT, TINY, changed, snakemake


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipes": "paper"}, "recipes: unknown key"),
        ({"ablations": {"mine": {"task": "mt", "vary": {"raml.betta": [1.0]}}}}, "ablations.mine.vary.raml.betta"),
    ],
    ids=["an unknown key", "an unknown field of a grid"],
)
def test_a_fault_ends_in_one_line_that_names_the_key(tmp_path, change, words):
    path = changed(tmp_path / "faulty.yaml", lambda configuration: configuration.update(change))
    done = snakemake(tmp_path, configuration=path)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("snakemake: ")
    assert words in last
    assert "Traceback" not in done.stdout + done.stderr
    assert "Error" not in done.stdout + done.stderr
    assert not (tmp_path / "results").exists()


def test_a_value_from_the_command_line_counts(tmp_path):
    done = snakemake(tmp_path, "--dry-run", "--config", "name=other")
    assert "results/other/scores.csv" in done.stdout


def test_a_second_file_changes_the_keys_that_it_names(tmp_path):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("name: other\n", encoding="utf-8")
    done = snakemake(tmp_path, "--dry-run", "table5", "--configfile", TINY, overlay)
    assert "results/other/tables/table5.csv" in done.stdout


def test_a_missing_text_is_named(tmp_path):
    dataset = {"kind": "parallel"} | {name: [f"{name}.de", f"{name}.en"] for name in ("train", "valid", "test")}
    path = changed(tmp_path / "mine.yaml", lambda configuration: configuration.update(datasets={"mini": dataset}))
    done = snakemake(tmp_path, "--dry-run", configuration=path)
    assert done.returncode != 0
    assert "train.de" in done.stdout + done.stderr


def test_figure_1_without_its_grid_says_what_is_missing(tmp_path):
    path = changed(tmp_path / "none.yaml", lambda configuration: configuration.update(ablations={}))
    done = snakemake(tmp_path, "figure1", configuration=path)
    assert done.returncode != 0
    assert "ablations.figure1.vary" in done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_tables_of_settings_can_be_planned_for_every_experiment(tmp_path, path):
    assert snakemake(tmp_path, "--dry-run", "table6", configuration=path).returncode == 0
