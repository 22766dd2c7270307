"""Records: written without models and texts of the corpus, and enough to make every table, figure and verdict again."""

import gzip
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from fake_results import make_experiment, scores_of, write_cell, write_hypotheses, write_texts

from erac_vaml.cli.options import experiment_and_results
from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.page.record import record
from erac_vaml.page.summary import summarise
from erac_vaml.plan import Plan, algorithm_runs
from erac_vaml.runs.hypotheses import read_hypotheses
from erac_vaml.runs.manifest import check_settings, read_manifest

ROOT = Path(__file__).parents[2]
RECORDS = sorted(path.parent for path in (ROOT / "results" / "recorded").glob("*/config.yaml"))


def content(path):
    """Return the numbers of a CSV or JSON file, and the text of any other."""
    if path.suffix == ".csv" and path.read_text().strip():  # A table without cells has an empty file.
        return pd.read_csv(path).to_dict("list")
    return json.loads(path.read_text()) if path.suffix == ".json" else path.read_text()


def assert_close(found, recorded):
    """Check that two contents are equal; numbers may differ by rounding, which depends on the processor."""
    if isinstance(recorded, dict):
        assert found.keys() == recorded.keys()
        for key in recorded:
            assert_close(found[key], recorded[key])
    elif isinstance(recorded, list):
        assert len(found) == len(recorded)
        for ours, theirs in zip(found, recorded, strict=True):
            assert_close(ours, theirs)
    elif isinstance(recorded, float):
        assert found == pytest.approx(recorded, rel=1e-9, abs=1e-9, nan_ok=True)
    else:
        assert found == recorded


@pytest.mark.slow
@pytest.mark.parametrize("folder", RECORDS, ids=lambda folder: folder.name)
def test_the_recorded_results_come_from_the_recorded_runs(folder, tmp_path):
    shutil.copy(folder / "config.yaml", tmp_path)
    for part in ("runs", "data"):
        shutil.copytree(folder / part, tmp_path / part)
    summarise(*experiment_and_results(None, tmp_path))
    kinds = ("scores.csv", "verdict.json", "*.md", "tables/*.*", "figures/*.csv")
    recorded = [path.relative_to(folder) for kind in kinds for path in folder.glob(kind)]
    pages = {"scores.csv", "verdict.json", "verdict.md", "checklist.md"}
    assert {path.parts[0] for path in recorded} == {*pages, "tables", "figures"}
    for path in recorded:
        assert_close(content(tmp_path / path), content(folder / path))


@pytest.mark.parametrize("folder", RECORDS, ids=lambda folder: folder.name)
def test_a_record_has_no_model_and_no_text_of_the_corpus(folder):
    assert not list(folder.rglob("*.safetensors"))
    assert {path.name for path in folder.glob("data/*/*")} <= {"statistics.json", "features.json"}


@pytest.mark.parametrize("folder", RECORDS, ids=lambda folder: folder.name)
def test_the_recorded_runs_are_still_those_of_their_configuration(folder):
    """Settings that are newer than the runs have not changed what a run is."""
    experiment, _ = experiment_and_results(None, folder)
    ended = {path: run for path, run in Plan(experiment).runs.items() if (folder / path).exists()}
    assert ended
    for path, run in ended.items():
        check_settings(folder / path, read_manifest(folder / path), run.fields)


@pytest.fixture
def results(tmp_path):
    """Folder of an experiment with two finished runs and a diverged one; and the experiment."""
    folder, experiment = tmp_path / "results", make_experiment({"mt": {"seeds": {"critics": 1, "actors": 3}}})
    write_texts(folder)
    write_cell(folder, experiment, "mt", "mle", [20.0, 21.0], diverged=1)
    for path in (folder / "runs").glob("*/*/*"):
        write_hypotheses(path, ["the sentence is said ."] * 30)
    return folder, experiment


def test_a_record_has_the_runs_and_what_is_made_of_them(results, tmp_path):
    (folder, experiment), output = results, tmp_path / "recorded" / "mine"
    record(experiment, folder, output)
    run = algorithm_runs(experiment, "mt", "mle")[0].path
    files = {"scores.json", "history.csv", "manifest.json", "hypotheses.txt.gz"}
    assert {path.name for path in (output / run).iterdir()} == files
    assert read_hypotheses(output / run, 30) == read_hypotheses(folder / run, 30)
    assert (output / "scores.csv").read_text() == scores_of(experiment, folder).rows.to_csv(index=False)
    assert (output / "report.html").exists()
    again, _ = experiment_and_results(None, output)
    assert again.model_dump(exclude={"defaults"}) == experiment.model_dump(exclude={"defaults"})


def test_a_record_of_a_record_is_the_same(results, tmp_path):
    (folder, experiment), first, second = results, tmp_path / "first", tmp_path / "second"
    record(experiment, folder, first)
    record(experiment, first, second)
    names = [path.relative_to(first) for path in first.rglob("*") if path.is_file() and path.suffix != ".pdf"]
    assert [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()] == []


def test_a_folder_with_something_in_it_is_not_overwritten(results):
    folder, experiment = results
    with pytest.raises(UserError, match="is not empty; delete it"):
        record(experiment, folder, folder)


@pytest.mark.parametrize(
    ("spoilt", "told"), [(gzip.compress(b"another text\n", mtime=0), "was changed"), (b"no gzip", "damaged gzip")]
)
def test_recorded_hypotheses_that_were_changed_are_named(results, tmp_path, spoilt, told):
    (folder, experiment), output = results, tmp_path / "recorded"
    record(experiment, folder, output)
    run = algorithm_runs(experiment, "mt", "mle")[0].path
    (output / run / "hypotheses.txt.gz").write_bytes(spoilt)
    with pytest.raises(UserError, match=rf"hypotheses\.txt\.gz: {told}"):
        read_hypotheses(output / run, 30)


def test_recorded_hypotheses_of_another_user_are_no_damage(results, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    (folder, experiment), output = results, tmp_path / "recorded"
    record(experiment, folder, output)
    monkeypatch.setattr("erac_vaml.runs.hypotheses.open_regular", refuse)
    with pytest.raises(UnreadableError, match=r"hypotheses\.txt\.gz: cannot be read \(Permission denied\)"):
        read_hypotheses(output / algorithm_runs(experiment, "mt", "mle")[0].path, 30)
