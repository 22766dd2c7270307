"""`erac-vaml theory`: its files, their columns, and the figure."""

import sys

import pandas as pd
import pytest

from erac_vaml.cli import main
from erac_vaml.theory.figure import draw
from erac_vaml.theory.run import MAX_LENGTH, REFERENCE
from erac_vaml.theory.task import bleu_task

COLUMNS = {
    "theory-targets.csv": [
        "tau",
        "target",
        "reference_probability",
        "entropy",
        "expected_payoff",
        "mean_words",
        "total_variation",
        "kl",
    ],
    "theory-sequences.csv": ["tau", "target", "rank", "sequence", "payoff", "probability"],
    "theory-soft-q.csv": ["source", "entries", "sequences", "seed", "rms_error"],
    "theory-learning.csv": [
        "source",
        "learner",
        "sequences",
        "seed",
        "kl",
        "reverse_kl",
        "expected_payoff",
        "entropy",
        "reference_probability",
    ],
}


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("theory") / "new"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["erac-vaml", "theory", "--output", str(folder), "--seeds", "2", "--steps", "8"])
        with pytest.raises(SystemExit) as ended:
            main()
    assert not ended.value.code
    return folder


def test_the_command_writes_a_figure_and_its_tables(output) -> None:
    assert {path.name for path in output.iterdir()} == {*COLUMNS, "theory.pdf", "theory.png"}
    assert (output / "theory.pdf").read_bytes().startswith(b"%PDF")
    assert (output / "theory.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", COLUMNS)
def test_each_table_has_its_columns_and_no_gap(output, name) -> None:
    table = pd.read_csv(output / name)
    assert list(table) == COLUMNS[name]
    assert len(table) > 0
    assert not table.isna().any(axis=None)


def test_all_learners_start_alike_and_see_the_same_sequences(output) -> None:
    learning = pd.read_csv(output / "theory-learning.csv")
    assert set(learning["source"]) == {"target", "ngram"}
    start = learning[learning["sequences"] == 0]
    assert start["kl"].to_numpy() == pytest.approx(start["kl"].iloc[0])
    assert learning.groupby(["source", "learner"])["sequences"].apply(tuple).nunique() == 1


def test_the_six_panels_have_titles_and_axes(output) -> None:
    tables = {name[7:-4]: pd.read_csv(output / name) for name in COLUMNS}
    figure = draw(bleu_task(REFERENCE, MAX_LENGTH), tables)
    assert len(figure.axes) == 6
    assert all(panel.get_title(loc="left") and panel.get_xlabel() and panel.get_ylabel() for panel in figure.axes)
    _, _, oracle, ideal, *_ = figure.axes
    assert len(oracle.lines) == len(ideal.lines) == 5
