"""Figure 1 and the figures of ablation grids: their data, and the drawing."""

import math

import numpy as np
import pytest
from fake_results import make_experiment, write_cell, write_run

from erac_vaml.plan import grid_cells

TAU = "actor_critic.tau"


def fill_figure1(experiment, results):
    """Write AC with 20 and 22, no run at τ = 0.02, one of two at 0.04, and two diverged ones at 0.08."""
    ac, _, middle, last = grid_cells(experiment, "figure1")
    for run, bleu in zip(ac.runs, (20.0, 22.0), strict=True):
        write_run(results, run, bleu)
    write_run(results, middle.runs[0], 23.0)
    for run in last.runs:
        write_run(results, run, status="diverged")
    write_cell(results, experiment, "mt", "mle", [18.0, 19.0])


def test_figure_1s_data_are_the_means_of_its_cells(experiment, tmp_path, drawn):
    fill_figure1(experiment, tmp_path)
    data = drawn(experiment, "figure1").data
    assert data["algorithm"].iloc[0] == "ac"
    assert data["actor_critic.tau"].tolist()[:4] == [0.0, 0.02, 0.04, 0.08]
    np.testing.assert_array_equal(data["mean"], [21.0, math.nan, 23.0, math.nan, 18.5])
    assert data["n"].tolist() == [2, 0, 1, 0, 2]
    assert data["n_diverged"].tolist() == [0, 0, 0, 2, 0]


def test_figure_1_leaves_a_gap_and_says_what_is_lacking(experiment, tmp_path, drawn):
    fill_figure1(experiment, tmp_path)
    (axes,) = drawn(experiment, "figure1").figure.axes
    curve = axes.lines[0]
    np.testing.assert_array_equal(curve.get_ydata(), [21.0, math.nan, 23.0, math.nan])
    assert [text.get_text() for text in axes.texts] == ["0/2", "1/2", "2/2"]
    cross = next(item for item in axes.lines if item.get_label() == "diverged")
    assert cross.get_xdata().tolist() == [0.08]


def test_two_runs_are_dots_and_three_have_a_bar(tmp_path, drawn):
    for actors in (2, 3):
        experiment = make_experiment(
            {"mt": {"seeds": {"critics": 1, "actors": actors}}},
            ablations={"figure1": {"task": "mt", "metric": "test_bleu", "vary": {TAU: [0.0, 0.1]}}},
        )
        for run, bleu in zip(grid_cells(experiment, "figure1")[0].runs, (20.0, 22.0, 24.0), strict=False):
            write_run(tmp_path, run, bleu)
        (axes,) = drawn(experiment, "figure1").figure.axes
        dots = [sorted(line.get_ydata()) for line in axes.lines if line.get_marker() == "."]
        bars = [np.ptp(segment[:, 1]) for bar in axes.collections for segment in bar.get_segments() if len(segment)]
        assert (dots, bars) == (([[20.0, 22.0]], []) if actors == 2 else ([], [4.0]))


def test_mle_beside_a_grid_has_the_grids_seeds(tmp_path, drawn):
    experiment = make_experiment(
        {"mt": {"seeds": {"critics": 2, "actors": 2}}},
        ablations={
            "figure1": {
                "task": "mt",
                "metric": "test_bleu",
                "vary": {TAU: [0.0, 0.1]},
                "seeds": {"critics": 1, "actors": 2},
            }
        },
    )
    write_cell(tmp_path, experiment, "mt", "mle", [18.0, 19.0, 30.0, 40.0])
    drawing = drawn(experiment, "figure1")
    (axes,) = drawing.figure.axes
    assert set(next(line for line in axes.lines if line.get_linestyle() == "--").get_ydata()) == {18.5}
    assert drawing.data.set_index("algorithm")["n"]["mle"] == 2


def test_mle_beside_a_point_has_the_seeds_that_have_finished_there(experiment, tmp_path, drawn):
    cells = grid_cells(experiment, "figure1")
    for cell, count in zip(cells, (2, 1, 0, 2), strict=True):
        for run in cell.runs[:count]:
            write_run(tmp_path, run, 20.0)
    write_cell(tmp_path, experiment, "mt", "mle", [18.0, 19.0])
    (axes,) = drawn(experiment, "figure1").figure.axes
    dashed = next(line for line in axes.lines if line.get_linestyle() == "--")
    assert dashed.get_ydata().tolist() == [18.5, 18.0, 18.5, 18.5]


def test_the_scale_reaches_a_cell_without_a_score(experiment, tmp_path, drawn):
    write_run(tmp_path, grid_cells(experiment, "figure1")[0].runs[0], 20.0)
    (axes,) = drawn(experiment, "figure1").figure.axes
    low, high = axes.get_xlim()
    assert low < 0.0
    assert high > 0.08


def test_figure_1s_caption_has_the_papers_divergence_and_the_data(experiment, drawn):
    drawing = drawn(experiment, "figure1")
    assert "from τ = 0.06 on in translation and from τ = 0.03 on in captioning" in drawing.caption
    assert "only the sign of each difference can be compared" in drawing.statement


def test_an_experiment_of_one_s_own_says_nothing_of_the_paper(drawn):
    grid = {"task": "mine", "metric": "test_bleu", "vary": {TAU: [0.0, 0.02]}}
    drawing = drawn(make_experiment({"mine": {}}, ablations={"figure1": grid}), "figure1")
    assert "paper" not in drawing.caption + drawing.statement


def test_the_paper_is_not_drawn_as_ours(experiment, drawn):
    (axes,) = drawn(experiment, "figure1").figure.axes
    assert not any(np.isfinite(np.asarray(item.get_ydata(), dtype=float)).any() for item in axes.lines)


def test_dollars_in_a_task_s_label_are_no_mathematics(drawn):
    tasks = {name: {"label": rf"{name} from $\frac{{ to 5$"} for name in ("mt", "captions")}
    grids = {
        grid: {"task": task, "metric": "test_bleu", "vary": {TAU: [0.0, 0.02]}}
        for grid, task in (("figure1", "mt"), ("figure1-captioning", "captions"))
    }
    drawing = drawn(make_experiment(tasks, ablations=grids), "figure1")
    drawing.render("png")
    assert [axes.get_title() for axes in drawing.figure.axes] == [task["label"] for task in tasks.values()]


def test_a_heat_map_writes_each_cells_mean_and_count(experiment, tmp_path, drawn):
    cells = grid_cells(experiment, "table3")
    for run, bleu in zip(cells[0].runs, (20.0, 21.0), strict=True):
        write_run(tmp_path, run, valid_bleu=bleu)
    write_run(tmp_path, cells[1].runs[0], valid_bleu=25.0)
    write_run(tmp_path, cells[1].runs[1], status="diverged")
    write_run(tmp_path, cells[2].runs[0], status="diverged")
    drawing = drawn(experiment, "ablation-table3")
    texts = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert texts == ["20.50", "25.00†\n1/2", "diverged\n0/2", "–\n0/2"]
    np.testing.assert_array_equal(drawing.data["mean"][:4], [20.5, 25.0, math.nan, math.nan])


def test_values_that_are_no_numbers_stand_side_by_side(experiment, drawn):
    (axes,) = drawn(experiment, "ablation-words").figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["dot", "mlp"]
    assert axes.get_xlabel() == "attention (network)"


@pytest.mark.parametrize(("values", "joined"), [(["dot", "mlp"], 0), ([0.0, 0.9], 0), ([0.0, 0.5, 0.9], 1)])
def test_only_three_numbers_or_more_are_joined_by_a_line(tmp_path, drawn, values, joined):
    field = "network.attention" if isinstance(values[0], str) else "joint.adam_beta1"
    grid = {"task": "mt", "algorithm": "erac", "vary": {field: values}}
    experiment = make_experiment({"mt": {"seeds": {"critics": 1, "actors": 1}}}, ablations={"some": grid})
    for cell in grid_cells(experiment, "some"):
        write_run(tmp_path, cell.runs[0], 20.0)
    (axes,) = drawn(experiment, "ablation-some").figure.axes
    assert sum(line.get_linestyle() == "-" for line in axes.lines) == joined
