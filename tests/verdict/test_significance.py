"""Single systems on the test set: the same p as sacrebleu's command line gives."""

import json
import re
import subprocess
import sys

import pytest
from fake_results import make_experiment, scores_of, write_cell, write_hypotheses, write_texts

from erac_vaml.errors import UserError
from erac_vaml.plan import algorithm_runs
from erac_vaml.verdict.significance import paired_bootstrap, system_tests

REFERENCES = [f"the {word} sees a small house near the sea ." for word in ("man", "woman", "child", "dog", "cat")] * 8
BETTER = [line.replace("small", "little") if number % 5 == 0 else line for number, line in enumerate(REFERENCES)]
WORSE = [line.replace("sees a", "saw the") if number % 2 else line for number, line in enumerate(REFERENCES)]


@pytest.fixture
def sacrebleu(tmp_path):
    """A function that returns what sacrebleu's command line prints of the two systems by a metric."""
    for name, lines in (("references", REFERENCES), ("worse", WORSE), ("better", BETTER)):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
    command = [sys.executable, "-m", "sacrebleu", "references", "-i", "worse", "better", "--paired-bs", "--metrics"]

    def printed(*options: str) -> str:
        return subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, check=True, text=True).stdout

    return printed


def test_p_of_bleu_is_that_of_sacrebleus_command_line(sacrebleu):
    options = "bleu -lc --tokenize none --smooth-method none --force --format json"
    told = json.loads(sacrebleu(*options.split()))[1]["BLEU"]
    (found,) = paired_bootstrap("mt", [("mle/seed1", WORSE), ("raml/seed1", BETTER)], [[line] for line in REFERENCES])
    assert found.p_value == pytest.approx(told["p_value"], abs=1e-4)
    assert found.system_bleu == pytest.approx(told["score"], abs=1e-3)
    assert found.p_value < 0.01


def test_p_of_chrf_is_that_of_sacrebleus_command_line(sacrebleu):
    told = sacrebleu("chrf", "--chrf-lowercase", "--format", "latex")  # sacrebleu 2.6 cannot write chrF as JSON.
    (score,), ((other, p),) = (
        re.findall(pattern, told) for pattern in (r"worse & +([\d.]+) ", r"better & ([\d.]+) .* \(p = ([\d.]+)\)")
    )
    (found,) = paired_bootstrap("mt", [("mle/seed1", WORSE), ("raml/seed1", BETTER)], [[line] for line in REFERENCES])
    assert found.chrf_p_value == pytest.approx(float(p), abs=1e-4)
    assert (found.baseline_chrf, found.system_chrf) == pytest.approx((float(score), float(other)), abs=0.05)
    assert json.dumps(found.system_chrf)


def test_a_system_is_not_told_apart_from_itself():
    (found,) = paired_bootstrap("mt", [("mle/seed1", WORSE), ("raml/seed1", WORSE)], [[line] for line in REFERENCES])
    assert (found.p_value, found.chrf_p_value) == (1.0, 1.0)


def test_captions_have_several_references():
    references = [[line, "something else"] if number % 3 else [line] for number, line in enumerate(REFERENCES)]
    (found,) = paired_bootstrap("captioning", [("mle/seed1", WORSE), ("ac/critic1-actor1", REFERENCES)], references)
    assert (found.system_bleu, found.system_chrf) == pytest.approx((100.0, 100.0))


@pytest.fixture
def finished(tmp_path):
    """Write three runs of MLE and of RAML with their translations; RAML's second run is the best on validation."""
    experiment = make_experiment({"mt": {"seeds": {"critics": 1, "actors": 3}}})
    write_texts(tmp_path)
    write_cell(tmp_path, experiment, "mt", "mle", [20.0, 19.0, 18.0])
    write_cell(tmp_path, experiment, "mt", "raml", [20.0, 22.0, 21.0])
    for algorithm in ("mle", "raml"):
        for run in algorithm_runs(experiment, "mt", algorithm):
            write_hypotheses(tmp_path / run.path, [f"the sentence {number} ." for number in range(30)])
    return experiment, tmp_path


def test_each_algorithm_is_represented_by_its_best_run_on_validation(finished):
    experiment, results = finished
    (found,) = system_tests(scores_of(experiment, results), results)
    assert (found.baseline, found.system) == ("mle/seed1", "raml/seed2")


def test_without_references_nothing_is_tested(finished):
    experiment, results = finished
    (results / "data" / "mini" / "test.target.txt").unlink()
    assert system_tests(scores_of(experiment, results), results) == []


@pytest.mark.parametrize(("said", "told"), [(["too", "few"], "not 30 lines"), (None, "hypotheses.txt: is missing")])
def test_hypotheses_that_cannot_be_scored_are_named(finished, said, told):
    experiment, results = finished
    folder = results / "runs/mt/raml/seed2"
    if said is None:
        (folder / "hypotheses.txt").unlink()
    else:
        write_hypotheses(folder, said)
    with pytest.raises(UserError, match=told) as raised:
        system_tests(scores_of(experiment, results), results)
    assert "raml/seed2" in str(raised.value)
