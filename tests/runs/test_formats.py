"""Scores, history, hypotheses and manifest are read back as they were written, or refused by name."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from fake_results import make_experiment, seal, write_run

from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.plan import Plan
from erac_vaml.runs.history import HISTORY_COLUMNS, read_history, write_history
from erac_vaml.runs.hypotheses import read_hypotheses, write_hypotheses
from erac_vaml.runs.manifest import check_settings, checked_file, read_manifest, write_manifest
from erac_vaml.runs.scores import MEASURES, check_run, has_ended, read_scores, scores_bytes

FILES = ("scores.json", "history.csv", "hypotheses.txt", "model.safetensors")
READERS = {
    "scores.json": read_scores,
    "history.csv": read_history,
    "hypotheses.txt": lambda folder: read_hypotheses(folder, 3),
}


def same_size(content):
    """Change one byte."""
    return content[:-1] + (b"x" if content[-1:] != b"x" else b"y")


def test_scores_are_read_back(finished_run):
    scores = read_scores(finished_run)
    assert (scores.status, scores.test_bleu, scores.path) == ("finished", 27.5, "runs/mt/mle/seed1")
    assert list(scores.measures) == list(MEASURES)
    (finished_run / "scores.json").write_bytes(scores_bytes(scores))
    assert read_scores(seal(finished_run)) == scores
    assert has_ended(finished_run)


def test_scores_of_an_older_version_are_read_without_the_newer_measures(finished_run):
    path = finished_run / "scores.json"
    newer = ("test_chrf", "chrf_signature", "test_length_ratio", "test_greedy_bleu", "test_sampled_bleu")
    older = {name: value for name, value in json.loads(path.read_text()).items() if name not in newer}
    path.write_text(json.dumps(older))
    scores = read_scores(seal(finished_run))
    assert scores.test_bleu == 27.5
    assert [getattr(scores, name) for name in newer] == [None] * len(newer)


def test_the_measures_are_those_of_the_contract():
    assert (
        *("valid_bleu", "test_bleu", "test_chrf", "test_length_ratio", "test_greedy_bleu", "test_sampled_bleu"),
        *("valid_perplexity", "test_perplexity", "valid_td_error", "reconstruction_bleu"),
        *("test_sacrebleu", "test_cider", "test_rouge_l"),
    ) == MEASURES


def test_history_is_read_back_and_what_a_stage_lacks_is_none(finished_run):
    row = {"epoch": 0, "step": 0, "learning_rate": 0.5, "train_loss": float("nan"), "valid_bleu": 1 / 3}
    write_history(finished_run, [row | {"improved": True}])
    (epoch,) = read_history(seal(finished_run))
    assert (epoch.valid_bleu, epoch.improved, epoch.valid_td_error) == (1 / 3, True, None)
    assert epoch.train_loss != epoch.train_loss
    assert (finished_run / "history.csv").read_text().splitlines()[0] == ",".join(HISTORY_COLUMNS)


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "epoch\nx\n", "\0\n1\n"])
def test_a_history_of_other_columns_is_refused(finished_run, content):
    (finished_run / "history.csv").write_text(content)
    with pytest.raises(UserError, match=r"history\.csv: damaged"):
        read_history(seal(finished_run))


def test_hypotheses_are_read_back_and_counted(finished_run):
    write_hypotheses(finished_run, ["a\u2028b", ""], [{"image_id": 1, "caption": "ä"}])
    seal(finished_run)
    assert read_hypotheses(finished_run, 2) == ["a\u2028b", ""]
    assert json.loads((finished_run / "hypotheses.json").read_text(encoding="utf-8"))[0]["caption"] == "ä"
    with pytest.raises(UserError, match=r"hypotheses\.txt: not 3 lines"):
        read_hypotheses(finished_run, 3)


def test_a_manifest_is_read_back(finished_run):
    manifest = read_manifest(finished_run)
    assert set(manifest.files) == set(FILES)
    write_manifest(finished_run, manifest)
    assert asdict(read_manifest(finished_run)) == asdict(manifest)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("change", [lambda content: b"", same_size, lambda content: content + b"\n"])
def test_a_changed_file_is_refused_by_name(finished_run, name, change):
    path = finished_run / name
    status = path.stat()
    path.write_bytes(change(path.read_bytes()))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(UserError, match=rf"{name}: (has|was changed).*; put back the file") as refused:
        READERS[name](finished_run)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(finished_run, name):
    (finished_run / name).unlink()
    with pytest.raises(UserError, match=rf"{name}: (is missing|no such file)"):
        check_run(finished_run, read_manifest(finished_run))


def test_swapped_folders_are_refused_by_the_run_in_their_manifest(finished_run):
    other = write_run(finished_run.parents[3], Plan(make_experiment()).runs["runs/mt/raml/seed1"])
    aside = finished_run.with_name("aside")
    for old, new in ((finished_run, aside), (other, finished_run), (aside, other)):
        old.rename(new)
    with pytest.raises(UserError, match=r"mle/seed1/manifest\.json: belongs to runs/mt/raml/seed1; put that folder"):
        read_scores(finished_run)


def test_scores_of_another_run_are_refused_even_if_their_digest_matches(finished_run):
    path = finished_run / "scores.json"
    path.write_text(path.read_text().replace('"mle"', '"raml"', 1))
    with pytest.raises(UserError, match=r"scores\.json: belongs to runs/mt/raml/seed1"):
        read_scores(seal(finished_run))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"test_bleu": "high"}, "test_bleu: Input should be a valid number"),
        ({"test_bleu": True}, "test_bleu: Input should be a valid number"),
        ({"epochs": 1.5}, "epochs: Input should be a valid integer"),
        ({"status": "running"}, "status: Input should be 'finished' or 'diverged'"),
        ({"diverged": [1]}, "diverged: Input should be"),
    ],
)
def test_odd_types_in_scores_are_refused_by_name(finished_run, changes, told):
    path = finished_run / "scores.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(UserError, match=rf"scores\.json: {told}"):
        read_scores(seal(finished_run))


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "[" * 10**5, '{"run": 3}'])
def test_a_damaged_manifest_is_refused_by_name(finished_run, content):
    (finished_run / "manifest.json").write_text(content)
    with pytest.raises(UserError, match=r"manifest\.json: damaged.*; delete the run's folder and train it again"):
        read_scores(finished_run)


def test_a_manifest_of_an_older_version_is_reported(finished_run):
    path = finished_run / "manifest.json"
    record = json.loads(path.read_text())
    del record["files"]
    path.write_text(json.dumps(record))
    with pytest.raises(UserError, match="has no digests of the run's files, as older versions wrote it; delete"):
        read_manifest(finished_run)


def test_foreign_files_change_nothing(finished_run):
    (finished_run / ".DS_Store").write_bytes(b"x")
    (finished_run / ".ipynb_checkpoints").mkdir()
    check_run(finished_run, read_manifest(finished_run))


def test_a_file_that_the_run_did_not_write_is_refused(finished_run):
    (finished_run / "hypotheses.json").write_text("[]")
    with pytest.raises(UserError, match=r"hypotheses\.json: is no file that the run wrote"):
        checked_file(finished_run, "hypotheses.json")


def test_other_settings_are_refused_by_name(finished_run):
    manifest = read_manifest(finished_run)
    check_settings(finished_run, manifest, manifest.settings)
    with pytest.raises(UserError, match=r"trained with other settings, mle\.learning_rate was 0\.6, is 0\.3"):
        check_settings(finished_run, manifest, dict(manifest.settings) | {"mle.learning_rate": 0.3})


@pytest.mark.parametrize("name", ["manifest.json", "scores.json"])
def test_an_unreadable_file_is_not_a_changed_one(finished_run, monkeypatch, name):
    def refuse(path, *arguments):
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments)

    opened = os.open
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnreadableError, match=rf"{name}: cannot be read \(Permission denied\); check its permissions"):
        read_scores(finished_run)
