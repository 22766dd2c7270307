"""All figures: their names, their files, and the refusal of unknown names."""

import pandas as pd
import pytest
from fake_results import make_experiment

from erac_vaml.errors import UserError
from erac_vaml.reporting.figures.catalogue import figure_names
from erac_vaml.reporting.figures.drawing import write_figure


@pytest.mark.parametrize("name", ["figure1", "ablation-table3", "ablation-words", "learning-curves-mt", "breakdown-mt"])
def test_every_figure_is_written_before_any_run_is_there_and_twice_the_same(experiment, tmp_path, name):
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
    with pytest.raises(UserError, match="no such figure; the experiment has figure1, ablation-figure1"):
        write_figure(experiment, tmp_path, name)


def test_figure_1_without_its_grid_is_asked_for(tmp_path):
    with pytest.raises(UserError, match=r"ablations\.figure1\.vary"):
        write_figure(make_experiment(), tmp_path, "figure1")
