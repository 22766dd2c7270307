"""Learning curves: their data, and the drawing."""

import pytest
from fake_results import make_experiment, write_bounds, write_cell, write_history, write_run

from erac_vaml.errors import UserError
from erac_vaml.plan import algorithm_runs
from erac_vaml.reporting.figures.style import COLOURS

TWO_SEEDS = {"seeds": {"critics": 1, "actors": 2}}


def test_learning_curves_hold_every_run_and_the_mean_of_the_epochs_that_all_have(experiment, tmp_path, drawn):
    first, second = algorithm_runs(experiment, "mt", "mle")
    write_history(write_run(tmp_path, first), [10.0, 20.0, 30.0])
    write_history(write_run(tmp_path, second), [12.0, 24.0])
    data = drawn(experiment, "learning-curves-mt").data
    mle = data[data["algorithm"] == "mle"]
    assert mle[mle["run"] == "mean"]["valid_bleu"].tolist() == [11.0, 22.0]
    assert mle[mle["run"] == "seed1"]["valid_bleu"].tolist() == [10.0, 20.0, 30.0]


def test_a_diverged_run_is_marked_and_is_no_part_of_the_mean(experiment, tmp_path, drawn):
    first, second = algorithm_runs(experiment, "mt", "erac")
    write_history(write_run(tmp_path, first), [27.0, 28.0], first_epoch=0)
    write_history(write_run(tmp_path, second, status="diverged"), [27.0, 5.0], first_epoch=0)
    write_cell(tmp_path, experiment, "mt", "mle", [25.0, 27.0])
    drawing = drawn(experiment, "learning-curves-mt")
    erac = drawing.data[drawing.data["algorithm"] == "erac"]
    assert erac[erac["run"] == "mean"]["valid_bleu"].tolist() == [27.0, 28.0]
    assert set(erac[erac["run"] == second.name]["status"]) == {"diverged"}
    panel = next(axes for axes in drawing.figure.axes if axes.get_title(loc="left") == "ERAC")
    crosses = [item for item in panel.lines if item.get_marker() == "x"]
    assert [item.get_xydata().tolist() for item in crosses] == [[[1.0, 5.0]]]
    dashed = next(item for item in panel.lines if item.get_linestyle() == "--")
    # Only the MLE run of the finished run's seed counts; its validation BLEU is its test BLEU and 1.
    assert set(dashed.get_ydata()) == {26.0}


def test_algorithms_from_scratch_share_a_scale_and_those_that_start_from_mle_another(tmp_path, drawn):
    experiment = make_experiment({"mt": {"algorithms": ["mle", "raml", "ac", "erac"], **TWO_SEEDS}})
    write_history(write_run(tmp_path, algorithm_runs(experiment, "mt", "mle")[0]), [1.0, 40.0])
    axes = drawn(experiment, "learning-curves-mt").figure.axes
    scales = {panel.get_title(loc="left"): panel.get_ylim() for panel in axes if panel.get_title(loc="right")}
    assert scales["MLE"] == scales["RAML"]
    assert scales["AC"] == scales["ERAC"] != scales["MLE"]


def test_samples_greedy_search_and_length_have_a_panel_with_a_line_for_each_algorithm(experiment, tmp_path, drawn):
    for run in algorithm_runs(experiment, "mt", "erac"):
        write_history(write_run(tmp_path, run), [10.0, 20.0])
    axes = {panel.get_title(loc="left"): panel for panel in drawn(experiment, "learning-curves-mt").figure.axes}
    shown = {
        title: next(list(line.get_ydata()) for line in axes[title].lines if line.get_color() == COLOURS["erac"])
        for title in ("BLEU of samples", "BLEU of greedy search", "length ratio of beam search")
    }
    assert list(shown.values()) == [[1.0, 11.0], [9.0, 19.0], [0.9, 0.9]]


def test_a_damaged_history_is_named(experiment, tmp_path, drawn):
    folder = write_run(tmp_path, algorithm_runs(experiment, "mt", "mle")[0])
    (folder / "history.csv").write_text("nonsense\n1\n")
    with pytest.raises(UserError, match=r"mle/seed1/history\.csv"):
        drawn(experiment, "learning-curves-mt")


def test_the_control_has_a_panel_with_the_level_it_starts_from(tmp_path, drawn):
    experiment = make_experiment({"mt": {"algorithms": ["mle", "mle-continued"], **TWO_SEEDS}})
    write_cell(tmp_path, experiment, "mt", "mle", [25.0, 27.0])
    for run in algorithm_runs(experiment, "mt", "mle-continued"):
        write_history(write_run(tmp_path, run), [27.0, 28.0], first_epoch=0)
    axes = drawn(experiment, "learning-curves-mt").figure.axes
    (panel,) = [one for one in axes if one.get_title(loc="left") == "MLE continued"]
    (dashed,) = [line for line in panel.lines if line.get_linestyle() == "--"]
    assert set(dashed.get_ydata()) == {27.0}


def test_what_a_mini_grammar_allows_is_a_dotted_level(tmp_path, drawn):
    experiment = make_experiment({"mt": {"algorithms": ["mle", "raml"], **TWO_SEEDS}})
    write_bounds(tmp_path, most_probable=51.0, best_expected=52.5)
    drawing = drawn(experiment, "learning-curves-mt")
    for panel in drawing.figure.axes:
        dotted = [set(line.get_ydata()) for line in panel.lines if line.get_linestyle() == ":"]
        assert dotted == [{51.0}, {52.5}]
    assert "51.0 for the most probable wordings, 52.5 for the best expected wordings" in drawing.caption
