"""Table 3 and the tables of ablation grids."""

import pandas as pd
import pytest
from fake_results import make_experiment, write_cell, write_grid

from erac_vaml.errors import UserError
from erac_vaml.reporting.paper import paper_numbers
from erac_vaml.reporting.tables import write_table

LAMBDA, BETA = "actor_critic.lambda_var", "actor_critic.beta"
TABLE3 = {"task": "mt", "vary": {LAMBDA: [0.0, 0.001], BETA: [0.001, 0.5]}, "seeds": {"critics": 1, "actors": 2}}


def written(experiment, results, name):
    write_table(experiment, results, name)
    path = results / "tables" / name
    return pd.read_csv(path.with_suffix(".csv")), path.with_suffix(".md").read_text()


def test_table_3_is_the_mean_validation_bleu_with_the_papers_beside_it(tmp_path):
    experiment = make_experiment(ablations={"table3": TABLE3})
    write_grid(tmp_path, experiment, "table3", [[27.0, 28.0], [20.0, None], [29.0, 30.0], []], test_bleu=1.0)
    data, text = written(experiment, tmp_path, "table3")
    cells = data.set_index([LAMBDA, BETA])
    assert cells.loc[(0.0, 0.001), ["mean", "n", "paper_mean"]].tolist() == [27.5, 2, 27.91]
    assert cells.loc[(0.0, 0.5), ["mean", "n", "n_diverged"]].tolist() == [20.0, 1, 1]
    assert pd.isna(cells.loc[(0.0, 0.5), "paper_mean"])
    assert cells.loc[(0.0, 1.0), ["n_planned", "paper_mean"]].tolist() == [0, 27.38]
    assert "20.00† (1/2)" in text
    assert "**29.50 (29.00–30.00)**" in text
    assert "*26.27†*" in text


def test_table_3_names_the_level_of_mle(tmp_path):
    experiment = make_experiment(ablations={"table3": TABLE3})
    write_cell(tmp_path, experiment, "mt", "mle", [26.0, 27.0, 99.0])
    data, text = written(experiment, tmp_path, "table3")
    mle = data[data["algorithm"] == "mle"].iloc[0]
    assert (mle["mean"], mle["paper_mean"], mle["metric"]) == (27.5, 28.1, "valid_bleu")
    assert "MLE with the same seeds: 27.50 (27.00–28.00); paper: 28.1." in text


def test_table_3_without_a_grid_has_the_papers_numbers_alone(tmp_path):
    data, text = written(make_experiment(), tmp_path, "table3")
    assert data["n"].sum() == 0
    assert data["paper_mean"].tolist() == [*(cell.bleu for cell in paper_numbers().table3.cells), 28.1]
    assert "not run" in text


def test_table_3_of_other_fields_is_refused(tmp_path):
    grid = {"task": "mt", "vary": {"actor_critic.tau": [0.1]}}
    with pytest.raises(UserError, match=r"ablations\.table3\.vary"):
        written(make_experiment(ablations={"table3": grid}), tmp_path, "table3")


def test_two_fields_are_rows_and_columns(tmp_path):
    experiment = make_experiment(ablations={"speed": TABLE3})
    write_grid(tmp_path, experiment, "speed", [[27.0, 28.0], [20.0, None], [29.0, 30.0], []], test_bleu=1.0)
    _, text = written(experiment, tmp_path, "ablation-speed")
    rows = [[item.strip() for item in row.split("|")[1:-1]] for row in text.splitlines() if row.startswith("|")]
    assert rows[0][1:] == ["0.001", "0.5"]
    assert rows[2] == ["0", "27.50 (27.00–28.00)", "20.00† (1/2)"]
    assert rows[3] == ["0.001", "**29.50 (29.00–30.00)**", "– (0/2)"]


def test_one_field_is_rows_in_the_grids_order(tmp_path):
    grid = {"task": "mt", "algorithm": "mle", "vary": {"mle.optimizer": ["sgd", "adam"]}, "metric": "test_bleu"}
    experiment = make_experiment({"mt": {"seeds": {"critics": 1, "actors": 1}}}, ablations={"optimiser": grid})
    write_grid(tmp_path, experiment, "optimiser", [[20.0], [25.0]])
    data, text = written(experiment, tmp_path, "ablation-optimiser")
    assert data["mean"].tolist() == [20.0, 25.0, 20.0]
    assert data["algorithm"].tolist() == ["mle", "mle@mle.optimizer=adam", "mle"]
    rows = [[item.strip() for item in row.split("|")[1:-1]] for row in text.splitlines() if row.startswith("|")]
    assert rows[2:] == [["sgd", "20.00", "20.00", "20.00"], ["adam", "**25.00**", "25.00", "25.00"]]


def test_an_unknown_grid_is_refused_by_name(tmp_path):
    with pytest.raises(UserError, match="ablation speed: the experiment has no such grid; it has none"):
        written(make_experiment(), tmp_path, "ablation-speed")
