"""The breakdown by length and unknown words: its data, and the drawing."""

import shutil

import pandas as pd
import pytest
from fake_results import make_experiment, scores_of, seal_data, write_cell, write_hypotheses

from erac_vaml.errors import UserError
from erac_vaml.reporting.figures.drawing import draw


def sentence(words):
    return " ".join(f"word{number}" for number in range(words))


@pytest.fixture
def results(tmp_path):
    """Write the test set and two finished runs of MLE: one is perfect, one has its long sentences wrong."""
    experiment = make_experiment({"mt": {"algorithms": ["mle", "erac"], "seeds": {"critics": 1, "actors": 2}}})
    write_cell(tmp_path, experiment, "mt", "mle", [30.0, 20.0])
    data = tmp_path / "data" / "mini"
    data.mkdir(parents=True)
    texts = [sentence(4)] * 50 + [sentence(20)] * 50
    (data / "test.target.txt").write_text("".join(text + "\n" for text in texts))
    (data / "vocabulary.target.txt").write_text("".join(f"word{number}\n" for number in range(20)))
    seal_data(data)
    wrong = texts[:50] + ["wrong " * 20] * 50
    for seed, said in ((1, texts), (2, wrong)):
        write_hypotheses(tmp_path / "runs" / "mt" / "mle" / f"seed{seed}", [line.strip() for line in said])
    return experiment, tmp_path


def test_the_figure_s_data_have_each_run_s_score_in_each_bucket(results):
    experiment, folder = results
    data = draw(scores_of(experiment, folder), folder, "breakdown-mt").data
    scores = data[data["by"] == "length"].pivot_table(index="bucket", columns="run", values="test_bleu", sort=False)
    assert scores["seed1"].tolist() == [pytest.approx(100.0)] * 2
    assert scores["seed2"].tolist() == [pytest.approx(100.0), 0.0]
    assert data.groupby("by")["sentences"].first().to_dict() == {"length": 50, "unknown": 100}


def test_a_note_says_what_is_missing(results):
    experiment, folder = results
    shutil.rmtree(folder / "runs")
    without_runs = draw(scores_of(experiment, folder), folder, "breakdown-mt")
    shutil.rmtree(folder / "data")
    without_data = draw(scores_of(experiment, folder), folder, "breakdown-mt")
    for drawing, note in ((without_runs, "no finished run"), (without_data, "the data are not prepared here")):
        assert drawing.data.empty
        assert [panel.texts[0].get_text() for panel in drawing.figure.axes] == [note] * 2
        assert drawing.render("png").startswith(b"\x89PNG")


def test_hypotheses_of_another_test_set_are_named(results):
    experiment, folder = results
    write_hypotheses(folder / "runs" / "mt" / "mle" / "seed2", ["one line"])
    with pytest.raises(UserError, match=r"seed2/hypotheses\.txt: not 100 lines"):
        draw(scores_of(experiment, folder), folder, "breakdown-mt")


def test_no_algorithm_hides_another(results):
    experiment, folder = results
    write_cell(folder, experiment, "mt", "erac", [30.0, 30.0])
    for run in (folder / "runs" / "mt" / "erac").iterdir():
        write_hypotheses(run, (folder / "data" / "mini" / "test.target.txt").read_text().splitlines())
    mle, erac = draw(scores_of(experiment, folder), folder, "breakdown-mt").figure.axes[0].get_lines()
    assert mle.get_marker() != erac.get_marker()
    assert (erac.get_xdata() - mle.get_xdata() > 0.05).all()


def test_means_are_over_finished_runs_alone(results):
    experiment, folder = results
    drawing = draw(scores_of(experiment, folder), folder, "breakdown-mt")
    line = drawing.figure.axes[0].get_lines()[0]
    assert list(line.get_ydata()) == [pytest.approx(100.0), pytest.approx(50.0)]
    assert pd.unique(drawing.data["algorithm"]).tolist() == ["mle"]
