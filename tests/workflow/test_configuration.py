"""How the workflow reads its configuration: from several places, with faults told in one line."""

import sys

import pytest
from calls import ROOT, TINY, changed, plan, snakemake
from processes import run

from erac_vaml.config import configuration_text, load_experiment

pytestmark = pytest.mark.usefixtures("warm")


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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "config.yaml: no such configuration file; config.yaml and config/ have examples"),
        ("", "config.yaml: a mapping of settings is expected; config.yaml shows one"),
        ("name: [", "config.yaml: not valid YAML"),
        ("name: x\nname: y\n", "config.yaml:2: name occurs twice, first in line 1; keep one of them"),
        ("datset: 1\n", "config.yaml: datset: unknown key; did you mean datasets? config/README.md"),
    ],
    ids=["missing", "empty", "no YAML", "a key twice", "a mistyped key"],
)
def test_a_default_configuration_that_cannot_be_read_ends_in_one_line(tmp_path, content, words):
    if content is not None:
        (tmp_path / "config.yaml").write_text(content)
    done = run([sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--cores", "1"], cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"snakemake: {words}")
    assert "Traceback" not in done.stdout + done.stderr


def test_a_key_twice_in_a_given_file_is_refused(tmp_path):
    (tmp_path / "mine.yaml").write_text(TINY.read_text(encoding="utf-8") + "name: other\n", encoding="utf-8")
    done = snakemake(tmp_path, "--dry-run", configuration=tmp_path / "mine.yaml")
    assert done.returncode == 2
    assert ": name occurs twice, first in line " in done.stderr.splitlines()[-1]


def test_a_file_where_the_results_shall_be_is_named(tmp_path):
    (tmp_path / "results").write_text("")
    done = snakemake(tmp_path, "--dry-run")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        "snakemake: results: is a file, but the results in results/tiny need"
    )


def test_a_value_from_the_command_line_counts(tmp_path):
    done = snakemake(tmp_path, "--dry-run", "--config", "name=other")
    assert "results/other/scores.csv" in done.stdout


def test_a_second_file_changes_the_keys_that_it_names(tmp_path):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("name: other\n", encoding="utf-8")
    done = snakemake(tmp_path, "--dry-run", "table5", "--configfile", TINY, overlay)
    assert "results/other/tables/table5.csv" in done.stdout


def test_the_commands_read_three_files_as_the_workflow_does(tmp_path):
    files = [TINY, tmp_path / "second.yaml", tmp_path / "third.yaml"]
    files[1].write_text("name: second\ndefaults: {seeds: {critics: 2}, raml: {samples: 3}}\n", encoding="utf-8")
    third = "name: third\ndefaults: {raml: {tau: 0.5}}\ntasks: {mt: {algorithms: [mle, raml]}}\n"
    files[2].write_text(third + "ablations: {beta1: {vary: {joint.adam_beta1: [0.5]}}}\n", encoding="utf-8")
    written = snakemake(tmp_path, "results/third/config.yaml", "--configfile", *files)
    assert written.returncode == 0, written.stderr
    frozen = (tmp_path / "results/third/config.yaml").read_text(encoding="utf-8")
    assert frozen == configuration_text(load_experiment(*files))
    options = [word for file in files for word in ("--config", file)]
    planned = run([sys.executable, "-m", "erac_vaml.cli", "plan", "--runs", *options], cwd=tmp_path)
    trained = plan(tmp_path, "--configfile", *files).trained
    assert {f"runs/{name}" for name in trained} == set(planned.stdout.split()) != set()


def test_a_fault_names_the_file_that_has_it(tmp_path):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("defaults: {raml: {betta: 1}}\n", encoding="utf-8")
    done = snakemake(tmp_path, "--dry-run", "--configfile", TINY, overlay)
    assert done.stderr.splitlines()[-1].startswith(f"snakemake: {overlay}: defaults.raml.betta: unknown key")


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
    # An experiment of one's own has no tables of the paper's settings.
    table = "table6" if load_experiment(path).reproduces else "table1"
    assert snakemake(tmp_path, "--dry-run", table, configuration=path).returncode == 0
