"""Learning curves of runs, from the epochs that they have recorded."""

import math
import sys

import pytest
from fake_results import attempt, make_experiment, seal, write_run, write_state

from erac_vaml.cli import main
from erac_vaml.errors import UserError
from erac_vaml.operations.console import make_console
from erac_vaml.operations.curves import curves, line_of
from erac_vaml.plan import Plan
from erac_vaml.runs.history import write_history

EPOCHS = [
    {"epoch": 0, "step": 0, "learning_rate": 0.5, "train_loss": math.nan, "valid_bleu": 10.0, "improved": True},
    {"epoch": 1, "step": 60, "learning_rate": 0.5, "train_loss": 4.0, "valid_bleu": 24.5, "improved": True},
    {"epoch": 2, "step": 120, "learning_rate": 0.5, "train_loss": 2.0, "valid_bleu": 20.0, "improved": False},
]


@pytest.fixture
def experiment():
    return make_experiment({"mt": {"seeds": {"critics": 1, "actors": 2}, "algorithms": ["mle"]}})


@pytest.fixture
def runs(experiment):
    return [Plan(experiment).run(f"mt/mle/seed{number}") for number in (1, 2)]


def shown(runs, results, capsys):
    """Return the words of each line, and whether all runs have ended."""
    content, ended = curves(runs, results)
    make_console().print(content)
    return [line.split() for line in capsys.readouterr().out.splitlines()], ended


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0.0, 7.0, 3.0], "▁█▄"),
        ([5.0, 5.0], "▁▁"),
        ([math.nan, 1.0, None, 2.0, math.inf], " ▁ █ "),
        ([None], " "),
        ([], ""),
    ],
)
def test_a_line_spans_the_lowest_to_the_highest_value(values, line):
    assert line_of(values) == line


def test_a_run_that_trains_shows_its_epochs_so_far(runs, tmp_path, capsys):
    write_state(tmp_path, runs[0], [attempt()], "2026-01-01T11:00:00+00:00")
    write_history(tmp_path / runs[0].state_path, EPOCHS)
    lines, ended = shown(runs[:1], tmp_path, capsys)
    assert not ended
    assert lines[:2] == [
        ["mt/mle/seed1:", "stopped,", "2", "epochs"],
        ["epochs", "0", "to", "2", "first", "epoch", "1", "latest"],
    ]
    assert ["valid_bleu", "▁█▆", "10", "24.5", "20"] in lines
    assert ["train_loss", "█▁", "nan", "4", "2"] in lines
    assert not [line for line in lines if line[:1] == ["valid_perplexity"]]


def test_runs_without_an_epoch_are_named(runs, tmp_path, capsys):
    lines, ended = shown(runs, tmp_path, capsys)
    assert lines == [["mt/mle/seed1:", "waiting,", "0", "epochs"], [], ["mt/mle/seed2:", "waiting,", "0", "epochs"], []]
    assert not ended


def test_a_run_that_has_ended_shows_its_own_history_if_it_is_whole(runs, tmp_path, capsys):
    folder = write_run(tmp_path, runs[0])
    write_history(folder, EPOCHS)
    with pytest.raises(UserError, match=r"history\.csv"):
        curves(runs[:1], tmp_path)
    seal(folder)
    lines, ended = shown(runs[:1], tmp_path, capsys)
    assert ended
    assert lines[0] == ["mt/mle/seed1:", "finished,", "2", "epochs"]


def test_watching_ends_with_the_runs(experiment, runs, tmp_path, capsys, monkeypatch):
    def finish(seconds):
        write_run(tmp_path, runs[0])

    (tmp_path / "config.yaml").write_text(experiment.model_dump_json(exclude={"defaults"}))
    monkeypatch.setattr("erac_vaml.operations.console.time.sleep", finish)
    monkeypatch.setattr(sys, "argv", ["erac-vaml", "curves", "mt/mle/seed1", "--watch", "--results", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert "mt/mle/seed1: finished" in capsys.readouterr().out
