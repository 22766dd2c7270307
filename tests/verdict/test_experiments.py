"""Two experiments compared, algorithm by algorithm, against scipy's t tests; and the command that prints it."""

import numpy as np
import pandas as pd
import pytest
import yaml
from fake_results import make_experiment, write_cell
from scipy import stats
from small_experiment import call

from erac_vaml.plan import Plan
from erac_vaml.verdict.experiments import compare_experiments

MLE, ERAC = np.array([20.0, 21.5, 22.0]), np.array([24.0, 25.5, 25.0])


def made(folder, name, *, actors=1, data=None, **scores):
    """Write an experiment with three critics and the test BLEU of some algorithms; return its plan and its folder."""
    algorithms = ["mle", "raml", "erac"]
    task = {"algorithms": algorithms, "seeds": {"critics": 3, "actors": actors}}
    experiment, results = make_experiment({"mt": task}, name=name), folder / "results" / name
    for algorithm, test_bleus in scores.items():
        more = {} if data is None else {"manifest": {"data": {"folder": "mini", "sha256": {"test.target.txt": data}}}}
        write_cell(results, experiment, "mt", algorithm, test_bleus, **more)
    results.mkdir(parents=True, exist_ok=True)
    (results / "config.yaml").write_text(yaml.safe_dump(experiment.model_dump(mode="json", exclude={"defaults"})))
    return Plan(experiment), results


def changes(first, second):
    found = compare_experiments((first[0], second[0]), (first[1], second[1]), "test_bleu")
    return {one.algorithm: one for one in found}


@pytest.mark.parametrize("algorithm", ["mle", "erac"])
def test_runs_of_equal_seed_are_pairs(tmp_path, algorithm):
    change = [0.5, 1.0, 0.9]
    found = changes(made(tmp_path, "one", **{algorithm: MLE}), made(tmp_path, "two", **{algorithm: MLE + change}))
    assert list(found) == [algorithm]
    one, expected = found[algorithm], stats.ttest_rel(MLE + change, MLE).confidence_interval()
    assert (one.difference.low, one.difference.high) == pytest.approx((expected.low, expected.high))
    assert (one.contrast.pairs, one.p_value, one.outcome) == (3, 0.25, "higher")


def test_critics_with_other_numbers_of_actors_are_no_pairs(tmp_path):
    of_six = np.repeat(ERAC - 0.5, 2) + np.tile([-0.1, 0.1], 3)
    one = changes(made(tmp_path, "one", erac=ERAC), made(tmp_path, "two", actors=2, erac=of_six))["erac"]
    expected = stats.ttest_ind(ERAC - 0.5, ERAC, equal_var=False).confidence_interval()
    assert (one.difference.low, one.difference.high) == pytest.approx((expected.low, expected.high))
    assert (one.contrast, one.p_value, one.outcome) == (None, None, "open")


def test_one_run_has_a_difference_and_no_interval(tmp_path):
    one = changes(made(tmp_path, "one", mle=[20.0]), made(tmp_path, "two", mle=[19.0, 18.0]))["mle"]
    assert (one.difference.estimate, one.difference.known, one.p_value, one.outcome) == (-1.0, False, None, "")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the command line in a folder with three experiments; it returns the exit status."""
    made(tmp_path, "one", data="a", mle=MLE, erac=ERAC)
    made(tmp_path, "two", data="a", mle=MLE - 1, raml=MLE)
    made(tmp_path, "three", data="b", mle=MLE)
    monkeypatch.chdir(tmp_path)
    return lambda command: call(command, monkeypatch)


def test_the_command_prints_and_writes_what_both_have(run, tmp_path, capsys):
    assert run("compare one results/two/ --output table.csv") == 0
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "test_bleu one n two n difference [95 %] pairs p two is",
        "mt/mle 21.17 ± 1.04 3 20.17 ± 1.04 3 −1.00 [−1.00, −1.00] 3 0.25 lower",
    ]
    (row,) = pd.read_csv(tmp_path / "table.csv").to_dict("records")
    assert (row["task"], row["algorithm"], row["n_finished_1"], row["difference"]) == ("mt", "mle", 3, -1.0)
    assert list(row)[3:5] == ["experiment_1", "mean_1"]
    assert (row["experiment_1"], row["experiment_2"]) == ("one", "two")
    assert run("compare one two --output table.md") == 0
    assert (tmp_path / "table.md").read_text().startswith("| task ")


def test_other_references_are_told(run, capsys):
    assert run("compare one three") == 0
    assert "mt: the test sets differ, so the scores are not comparable" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("compare one tow", "tow: no results of an experiment, as it has no config.yaml; did you mean two? name a"),
        ("compare one two --metric test_blue", "--metric test_blue: no such measure; did you mean test_bleu? take"),
        ("compare one two --output table.txt", "--output table.txt: give a name that ends in .csv or .md"),
        ("compare one two --metric test_chrf", "no algorithm of the same task has a finished run with test_chrf in b"),
    ],
)
def test_a_fault_is_told_in_one_line(run, capsys, command, words):
    assert run(command) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
