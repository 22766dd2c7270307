"""The command `plan`: its text, its exit status, and the runs that it sets aside."""

import subprocess
import sys

import pytest
import yaml

from erac_vaml.cli import main


def planned(tmp_path, monkeypatch, *options):
    monkeypatch.chdir(tmp_path)
    task = {"dataset": "mini", "seeds": {"critics": 1, "actors": 1}, "algorithms": ["mle", "erac"]}
    configuration = {"name": "x", "datasets": {"mini": {"kind": "mini"}}, "tasks": {"mt": task}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration))
    monkeypatch.setattr(sys, "argv", ["erac-vaml", "plan", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_plan_says_what_its_numbers_rest_on(tmp_path, monkeypatch, capsys):
    assert planned(tmp_path, monkeypatch) == 0
    said = capsys.readouterr().out
    assert "   3  runs in experiment 'x'" in said
    (row,) = (line for line in said.splitlines() if line.startswith("mt/critic"))
    assert row.split()[1:4] == ["1", "0", "1"]
    assert "≤" in row
    assert row.rstrip().endswith("assumed: 1 TFLOP/s on a GPU, and 10 ms a step")
    for part in ("counts of its generator", "--at-once", "--assume-tflops", "max_epochs", "Disk space still needed"):
        assert part in said


def test_the_plan_refuses_to_lose_finished_runs_until_they_are_set_aside(tmp_path, monkeypatch, capsys):
    planned(tmp_path, monkeypatch)
    folder = tmp_path / "results/x/runs/mt/mle/seed1"
    folder.mkdir(parents=True)
    (folder / "scores.json").write_text('{"status": "finished", "epochs": 3}')
    (folder / "manifest.json").write_text('{"seed": 1, "settings": {"mle.learning_rate": 9.0}, "seconds": 60}')
    assert planned(tmp_path, monkeypatch) == 3
    said = capsys.readouterr().out
    assert "mle.learning_rate was 9.0, is 0.6" in said
    assert "1 finished run (1 min of training) would be trained again" in said
    assert folder.exists()
    assert planned(tmp_path, monkeypatch, "--yes") == 0
    assert not folder.exists()
    assert len(list((tmp_path / "results/x/replaced").glob("*/runs/mt/mle/seed1/scores.json"))) == 1
    assert planned(tmp_path, monkeypatch) == 0


def test_the_plan_answers_without_torch(tmp_path):
    task = {"dataset": "mini"}
    configuration = {"name": "x", "datasets": {"mini": {"kind": "mini"}}, "tasks": {"mt": task}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration))
    code = "import sys; from erac_vaml.cli import app; app(['plan'], standalone_mode=False); "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True).returncode == 0
