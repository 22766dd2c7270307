"""verdict.json and verdict.md: written from scores.csv and the declared texts."""

import json
import sys

import numpy as np
import pytest
import yaml
from fake_results import make_experiment, scores_of, write_cell, write_hypotheses, write_run, write_texts

from erac_vaml.cli import main
from erac_vaml.errors import UserError
from erac_vaml.plan import algorithm_runs
from erac_vaml.verdict.verdict_files import read_verdict, write_verdict


def test_the_verdict_is_the_same_each_time(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "erac", np.linspace(28, 29, 9))
    scores_of(experiment, tmp_path)
    write_verdict(experiment, tmp_path)
    first = (tmp_path / "verdict.json").read_bytes(), (tmp_path / "verdict.md").read_bytes()
    write_verdict(experiment, tmp_path)
    assert first == ((tmp_path / "verdict.json").read_bytes(), (tmp_path / "verdict.md").read_bytes())


def test_the_command_writes_both_files_with_single_systems_and_says_where(tmp_path, monkeypatch, capsys):
    experiment = make_experiment({"mt": {"seeds": {"critics": 1, "actors": 2}}})
    write_texts(tmp_path)
    for algorithm, bleu in (("mle", 20.0), ("raml", 22.0)):
        for run in algorithm_runs(experiment, "mt", algorithm):
            folder = write_run(tmp_path, run, bleu + run.seed)
            write_hypotheses(folder, [f"the sentence {number} ." for number in range(30)])
    scores_of(experiment, tmp_path)
    content = experiment.model_dump(mode="json", exclude={"defaults"})
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content))
    arguments = ["verdict", "--config", str(tmp_path / "config.yaml"), "--results", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["erac-vaml", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert capsys.readouterr().out == f"{tmp_path / 'verdict.md'}\n"
    (tested,) = json.loads((tmp_path / "verdict.json").read_text())["systems"]
    assert (tested["system"], tested["p_value"]) == ("raml/seed2", 1.0)
    assert "RAML against MLE" in (tmp_path / "verdict.md").read_text()


def test_without_scores_the_verdict_names_the_command_that_writes_them(tmp_path):
    with pytest.raises(UserError, match=r"scores\.csv: no such file; write it with `erac-vaml collect`"):
        write_verdict(make_experiment(), tmp_path)


def test_scores_of_another_plan_are_refused(tmp_path):
    scores_of(make_experiment({"mt": {"seeds": {"critics": 1, "actors": 1}}}), tmp_path)
    with pytest.raises(UserError, match="other runs than the configuration plans"):
        write_verdict(make_experiment(), tmp_path)


@pytest.mark.parametrize(("content", "told"), [(None, "no such file"), ("{", "cannot be read")])
def test_a_verdict_that_is_missing_or_damaged_is_named(tmp_path, content, told):
    if content is not None:
        (tmp_path / "verdict.json").write_text(content)
    with pytest.raises(UserError, match=told):
        read_verdict(tmp_path)
