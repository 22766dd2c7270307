"""Figure 1, ablation pictures and learning curves: their data, and what is drawn of it."""

import math

import numpy as np
import pandas as pd
import pytest
from fake_results import make_experiment, write_cell, write_history, write_run

from erac_vaml.errors import UserError
from erac_vaml.plan import algorithm_runs, grid_cells
from erac_vaml.reporting.figures import draw, figure_names, write_figure
from erac_vaml.reporting.scores import write_scores

TWO_SEEDS = {"seeds": {"critics": 1, "actors": 2}}
GRIDS = {
    "figure1": {"task": "mt", "metric": "test_bleu", "vary": {"actor_critic.tau": [0.0, 0.02, 0.04, 0.08]}},
    "table3": {"task": "mt", "vary": {"actor_critic.lambda_var": [0.0, 0.001], "actor_critic.beta": [0.1, 1.0]}},
    "words": {"task": "mt", "algorithm": "mle", "vary": {"network.attention": ["dot", "mlp"]}},
}


@pytest.fixture
def experiment():
    return make_experiment({"mt": {"paper_setting": "mt", "algorithms": ["mle", "erac"], **TWO_SEEDS}}, ablations=GRIDS)


def drawn(experiment, results, name):
    return draw(experiment, results, write_scores(experiment, results), name)


def fill_figure1(experiment, results):
    """AC 20 and 22, τ = 0.02 missing, τ = 0.04 one of two, τ = 0.08 diverged."""
    ac, _, middle, last = grid_cells(experiment, "figure1")
    for run, bleu in zip(ac.runs, (20.0, 22.0), strict=True):
        write_run(results, run, bleu)
    write_run(results, middle.runs[0], 23.0)
    for run in last.runs:
        write_run(results, run, status="diverged")
    write_cell(results, experiment, "mt", "mle", [18.0, 19.0])


def test_figure_1s_data_are_the_means_of_its_cells(experiment, tmp_path):
    fill_figure1(experiment, tmp_path)
    data = drawn(experiment, tmp_path, "figure1").data
    assert data["algorithm"].iloc[0] == "ac"
    assert data["actor_critic.tau"].tolist()[:4] == [0.0, 0.02, 0.04, 0.08]
    np.testing.assert_array_equal(data["mean"], [21.0, math.nan, 23.0, math.nan, 18.5])
    assert data["n"].tolist() == [2, 0, 1, 0, 2]
    assert data["n_diverged"].tolist() == [0, 0, 0, 2, 0]


def test_figure_1_leaves_a_gap_and_says_what_is_lacking(experiment, tmp_path):
    fill_figure1(experiment, tmp_path)
    (axes,) = drawn(experiment, tmp_path, "figure1").figure.axes
    curve = axes.lines[0]
    np.testing.assert_array_equal(curve.get_ydata(), [21.0, math.nan, 23.0, math.nan])
    assert [text.get_text() for text in axes.texts] == ["0/2", "1/2", "2/2"]
    cross = next(item for item in axes.lines if item.get_label() == "diverged")
    assert cross.get_xdata().tolist() == [0.08]


def test_the_scale_reaches_a_cell_without_a_score(experiment, tmp_path):
    write_run(tmp_path, grid_cells(experiment, "figure1")[0].runs[0], 20.0)
    (axes,) = drawn(experiment, tmp_path, "figure1").figure.axes
    low, high = axes.get_xlim()
    assert low < 0.0
    assert high > 0.08


def test_figure_1s_caption_has_the_papers_divergence_and_the_data(experiment, tmp_path):
    caption = drawn(experiment, tmp_path, "figure1").caption
    assert "0.06 in machine translation and 0.03 in image captioning" in caption
    assert "only directions can be compared" in caption


def test_the_paper_is_not_drawn_as_ours(experiment, tmp_path):
    (axes,) = drawn(experiment, tmp_path, "figure1").figure.axes
    assert not any(np.isfinite(np.asarray(item.get_ydata(), dtype=float)).any() for item in axes.lines)


def test_a_heat_map_writes_each_cells_mean_and_count(experiment, tmp_path):
    cells = grid_cells(experiment, "table3")
    for run, bleu in zip(cells[0].runs, (20.0, 21.0), strict=True):
        write_run(tmp_path, run, valid_bleu=bleu)
    write_run(tmp_path, cells[1].runs[0], valid_bleu=25.0)
    write_run(tmp_path, cells[1].runs[1], status="diverged")
    write_run(tmp_path, cells[2].runs[0], status="diverged")
    drawing = drawn(experiment, tmp_path, "ablation-table3")
    texts = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert texts == ["20.50", "25.00†\n1/2", "diverged\n0/2", "–\n0/2"]
    np.testing.assert_array_equal(drawing.data["mean"][:4], [20.5, 25.0, math.nan, math.nan])


def test_values_that_are_no_numbers_stand_side_by_side(experiment, tmp_path):
    (axes,) = drawn(experiment, tmp_path, "ablation-words").figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["dot", "mlp"]


def test_learning_curves_hold_every_run_and_the_mean_of_the_epochs_that_all_have(experiment, tmp_path):
    first, second = algorithm_runs(experiment, "mt", "mle")
    write_history(write_run(tmp_path, first), [10.0, 20.0, 30.0])
    write_history(write_run(tmp_path, second), [12.0, 24.0])
    data = drawn(experiment, tmp_path, "learning-curves-mt").data
    mle = data[data["algorithm"] == "mle"]
    assert mle[mle["run"] == "mean"]["valid_bleu"].tolist() == [11.0, 22.0]
    assert mle[mle["run"] == "seed1"]["valid_bleu"].tolist() == [10.0, 20.0, 30.0]


def test_a_diverged_run_is_marked_and_is_no_part_of_the_mean(experiment, tmp_path):
    first, second = algorithm_runs(experiment, "mt", "erac")
    write_history(write_run(tmp_path, first), [27.0, 28.0], first_epoch=0)
    write_history(write_run(tmp_path, second, status="diverged"), [27.0, 5.0], first_epoch=0)
    write_cell(tmp_path, experiment, "mt", "mle", [25.0, 27.0])
    drawing = drawn(experiment, tmp_path, "learning-curves-mt")
    erac = drawing.data[drawing.data["algorithm"] == "erac"]
    assert erac[erac["run"] == "mean"]["valid_bleu"].tolist() == [27.0, 28.0]
    assert set(erac[erac["run"] == second.name]["status"]) == {"diverged"}
    panel = next(axes for axes in drawing.figure.axes if axes.get_title(loc="left") == "ERAC")
    crosses = [item for item in panel.lines if item.get_marker() == "x"]
    assert [item.get_xydata().tolist() for item in crosses] == [[[1.0, 5.0]]]
    dashed = next(item for item in panel.lines if item.get_linestyle() == "--")
    assert set(dashed.get_ydata()) == {27.0}


def test_the_control_has_a_panel_with_the_level_it_starts_from(tmp_path):
    experiment = make_experiment({"mt": {"algorithms": ["mle", "mle-continued"], **TWO_SEEDS}})
    write_cell(tmp_path, experiment, "mt", "mle", [25.0, 27.0])
    for run in algorithm_runs(experiment, "mt", "mle-continued"):
        write_history(write_run(tmp_path, run), [27.0, 28.0], first_epoch=0)
    axes = drawn(experiment, tmp_path, "learning-curves-mt").figure.axes
    (panel,) = [one for one in axes if one.get_title(loc="left") == "MLE continued"]
    (dashed,) = [line for line in panel.lines if line.get_linestyle() == "--"]
    assert set(dashed.get_ydata()) == {27.0}


def test_all_panels_share_the_scale(experiment, tmp_path):
    write_history(write_run(tmp_path, algorithm_runs(experiment, "mt", "mle")[0]), [1.0, 40.0])
    axes = drawn(experiment, tmp_path, "learning-curves-mt").figure.axes
    assert len({panel.get_ylim() for panel in axes}) == 1


def test_a_damaged_history_is_named(experiment, tmp_path):
    folder = write_run(tmp_path, algorithm_runs(experiment, "mt", "mle")[0])
    (folder / "history.csv").write_text("nonsense\n1\n")
    with pytest.raises(UserError, match=r"mle/seed1/history\.csv"):
        drawn(experiment, tmp_path, "learning-curves-mt")


@pytest.mark.parametrize("name", ["figure1", "ablation-table3", "ablation-words", "learning-curves-mt", "breakdown-mt"])
def test_every_figure_is_written_before_any_run_is_there_and_twice_the_same(experiment, tmp_path, name):
    write_scores(experiment, tmp_path)
    files = [tmp_path / "figures" / f"{name}.{kind}" for kind in ("pdf", "png", "csv")]
    contents = []
    for _ in range(2):
        write_figure(experiment, tmp_path, name)
        contents.append([path.read_bytes() for path in files])
    assert contents[0] == contents[1]
    assert contents[0][0].startswith(b"%PDF")
    assert contents[0][1].startswith(b"\x89PNG")
    assert not pd.read_csv(files[2]).columns.empty


def test_the_names_of_all_figures(experiment):
    grids = ["ablation-figure1", "ablation-table3", "ablation-words"]
    assert figure_names(experiment) == ["figure1", *grids, "learning-curves-mt", "breakdown-mt"]


@pytest.mark.parametrize("name", ["figure2", "ablation-none", "learning-curves-none", "breakdown-none"])
def test_an_unknown_figure_is_refused(experiment, tmp_path, name):
    with pytest.raises(UserError, match="no such"):
        drawn(experiment, tmp_path, name)


def test_figure_1_without_its_grid_is_asked_for(tmp_path):
    with pytest.raises(UserError, match=r"ablations\.figure1\.vary"):
        drawn(make_experiment(), tmp_path, "figure1")
