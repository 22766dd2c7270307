"""The command `plan`: its output, its exit status, and the runs that it moves."""

import subprocess
import sys
from io import StringIO

import pytest
import yaml
from calls import ROOT
from fake_results import write_run
from rich.console import Console

from erac_vaml.cli import main
from erac_vaml.config import load_experiment
from erac_vaml.operations.estimate import estimate
from erac_vaml.operations.plan_view import estimates_view
from erac_vaml.plan import Plan
from erac_vaml.runs.lock import claim_results

MINI = {"kind": "mini"}
COCO = {"kind": "coco", "annotations": ["coco/a.json", "coco/b.json"], "split": "coco/c.json", "images": "coco"}


def planned(tmp_path, monkeypatch, *options, dataset=MINI):
    monkeypatch.chdir(tmp_path)
    task = {"dataset": "d", "seeds": {"critics": 1, "actors": 1}, "algorithms": ["mle", "erac"]}
    configuration = {"name": "x", "datasets": {"d": dataset}, "tasks": {"mt": task}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration))
    monkeypatch.setattr(sys, "argv", ["erac-vaml", "plan", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_plan_says_what_its_numbers_rest_on(tmp_path, monkeypatch, capsys):
    assert planned(tmp_path, monkeypatch) == 0
    said = capsys.readouterr().out
    assert said.startswith("Experiment x: 3 runs; `erac-vaml plan --runs` lists them\n")
    (row,) = (line for line in said.splitlines() if line.startswith("stage critic"))
    assert row.split()[2:4] == ["1", "0"]
    assert "≤" in row
    assert "speed  of 3 runs: assumed, 10 TFLOP/s and 10 ms a step (--assume-tflops)" in said
    for part in ("counts of its generator", "--at-once", "maximum number of epochs", "still needed (models "):
        assert part in said


@pytest.mark.parametrize(("name", "lines"), [("config.yaml", 24), ("config/paper.yaml", 30)])
def test_the_plan_fits_a_screen(name, lines, tmp_path):
    experiment = load_experiment(ROOT / name)
    screen = Console(width=80, height=lines, file=StringIO(), force_terminal=True, no_color=True)
    screen.print(estimates_view(experiment, tmp_path, estimate(Plan(experiment), tmp_path), at_once=None))
    shown = screen.file.getvalue().splitlines()
    # A line above it names the experiment, and the prompt follows.
    assert len(shown) + 2 <= lines
    assert not [line for line in shown if "…" in line]


@pytest.mark.parametrize(
    ("dataset", "line"),
    [
        (MINI, None),
        (COCO, None),
        ({"kind": "iwslt14"}, "20 MB (de-en.tgz 20 MB)"),
        (
            COCO | {"download": True},
            "20 GB (annotations_trainval2014.zip 253 MB, caption_datasets.zip 37 MB, train2014.zip 14 GB, val2014.zip "
            "6.6 GB)",
        ),
    ],
)
def test_the_plan_tells_the_sizes_of_downloads_before_them(tmp_path, monkeypatch, capsys, dataset, line):
    planned(tmp_path, monkeypatch, dataset=dataset)
    said = capsys.readouterr().out
    lines = [one.split(maxsplit=1)[1].rstrip() for one in said.splitlines() if one.startswith("download")]
    assert lines == ([f"d: {line}"] if line else [])


def finished_with_other_settings(tmp_path):
    run = Plan(load_experiment(tmp_path / "config.yaml")).runs["runs/mt/mle/seed1"]
    return write_run(tmp_path / "results/x", run, manifest={"settings": run.fields | {"mle.learning_rate": 9.0}})


def test_the_plan_refuses_to_lose_finished_runs_until_they_are_set_aside(tmp_path, monkeypatch, capsys):
    planned(tmp_path, monkeypatch)
    folder = finished_with_other_settings(tmp_path)
    assert planned(tmp_path, monkeypatch) == 3
    said = capsys.readouterr().out
    assert "mle.learning_rate was 9.0, is 0.6" in said
    assert "1 run (10 min of training) outdated" in said
    assert folder.exists()
    assert planned(tmp_path, monkeypatch, "--yes") == 0
    assert not folder.exists()
    assert len(list((tmp_path / "results/x/replaced").glob("*/runs/mt/mle/seed1/scores.json"))) == 1
    assert planned(tmp_path, monkeypatch) == 0


def test_nothing_is_set_aside_while_a_workflow_works(tmp_path, monkeypatch, capsys):
    planned(tmp_path, monkeypatch)
    folder = finished_with_other_settings(tmp_path)
    workflow = claim_results(tmp_path / "results/x")
    capsys.readouterr()
    assert planned(tmp_path, monkeypatch, "--yes") == 2
    said = capsys.readouterr().err
    assert said.startswith("erac-vaml: another workflow is at work on results/x, process ")
    assert said.count("\n") == 1
    assert folder.exists()
    assert planned(tmp_path, monkeypatch) == 3
    workflow.release()
    assert planned(tmp_path, monkeypatch, "--yes") == 0


def test_another_experiment_s_bad_files_are_named_and_stop_nothing(tmp_path, monkeypatch, capsys):
    bad = tmp_path / "results/other/config.yaml"
    bad.parent.mkdir(parents=True)
    for content in ("[", "tasks: 3\n", "name: other\n", "\0", "x: " + "[" * 5000):
        bad.write_text(content)
        assert planned(tmp_path, monkeypatch) == 0
        said = capsys.readouterr().err
        assert said.startswith("warning: results/other/config.yaml: not used for the estimate (")
        assert said.count("\n") == 1


def test_the_plan_answers_without_torch(tmp_path):
    task = {"dataset": "mini"}
    configuration = {"name": "x", "datasets": {"mini": {"kind": "mini"}}, "tasks": {"mt": task}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration))
    code = "import sys; from erac_vaml.cli.app import app; app(['plan'], standalone_mode=False); "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True).returncode == 0
