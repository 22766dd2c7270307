"""Finished runs that no longer fit the configuration, their parents or their data."""

import gzip
import json
import shutil
from datetime import UTC, datetime

import pytest
import torch
from fake_results import attempt, make_experiment, write_hypotheses, write_run, write_state, write_texts

from erac_vaml.data.preparation import check_files
from erac_vaml.files import sha256
from erac_vaml.operations.console import make_console
from erac_vaml.operations.outdated import Comparison, compare_runs, set_aside
from erac_vaml.operations.plan_view import outdated_view
from erac_vaml.page.record import record
from erac_vaml.plan import Plan
from erac_vaml.runs.checkpoint import save_checkpoint
from erac_vaml.runs.manifest import read_manifest

MLE, CRITIC, ERAC = "runs/mt/mle/seed1", "runs/mt/critic/critic1", "runs/mt/erac/critic1-actor1"
TASK = {"seeds": {"critics": 1, "actors": 1}, "algorithms": ["mle", "erac"]}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def experiment_with(**task):
    return make_experiment({"mt": TASK | task})


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A finished experiment: three runs, each with its manifest and a model of its own."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "fake"
    write_texts(folder)
    for run in Plan(experiment_with()).runs.values():
        parents = {
            role: {"run": str(parent.path), "model_sha256": sha256(folder / parent.path / "model.safetensors")}
            for role, parent in run.parents.items()
        }
        data = {"folder": "mini", "sha256": check_files(folder / "data" / "mini")}
        write_run(folder, run, manifest={"parents": parents, "seconds": 3600.0, "data": data})
    return folder


def reasons(results, **task):
    return {str(one.run.path): one.reasons for one in compare_runs(Plan(experiment_with(**task)), results).outdated}


def test_nothing_is_outdated_where_nothing_changed(results):
    assert reasons(results) == {}


def test_runs_that_are_not_there_are_not_outdated(tmp_path):
    assert compare_runs(Plan(experiment_with()), tmp_path) == Comparison((), ())


def test_a_stopped_run_of_other_settings_is_outdated_and_moved_with_its_checkpoints(results):
    run = Plan(experiment_with()).runs[ERAC]
    identity = read_manifest(results / ERAC).identity
    (results / ERAC / "scores.json").unlink()
    save_checkpoint(results / run.state_path, identity, {"weight": torch.ones(3)}, {"seconds": 90.0})
    assert reasons(results) == {}
    (found,) = compare_runs(Plan(experiment_with(joint={"lambda_mle": 0.2})), results).outdated
    assert (found.reasons, found.seconds) == (("joint.lambda_mle was 0.1, is 0.2",), 90.0)
    folder = set_aside((found,), results, NOON)
    assert len(list((folder / run.state_path).glob("checkpoint-*"))) == 1
    assert not (results / run.state_path).exists()


def test_a_record_is_complete_without_models_and_with_compressed_hypotheses(results, tmp_path):
    for path in (MLE, CRITIC, ERAC):
        write_hypotheses(results / path, ["a sentence"] * 30 if path != CRITIC else [])
    output = tmp_path / "recorded" / "fake"
    record(experiment_with(), results, output)
    assert reasons(output) == {}
    assert reasons(output, joint={"lambda_mle": 0.2}) == {ERAC: ("joint.lambda_mle was 0.1, is 0.2",)}
    (output / MLE / "hypotheses.txt.gz").write_bytes(gzip.compress(b"others"))
    assert "was changed" in reasons(output)[MLE][0]


def test_a_setting_names_its_old_and_its_new_value(results):
    assert reasons(results, joint={"lambda_mle": 0.2}) == {ERAC: ("joint.lambda_mle was 0.1, is 0.2",)}


def test_another_payoff_is_a_reason_and_naming_the_usual_one_is_none(results):
    assert reasons(results, rewards={"metric": "bleu"}) == {}
    assert reasons(results, rewards={"metric": "chrf"}) == {
        CRITIC: ("rewards.metric was not there, is 'chrf'",),
        ERAC: ("its critic critic/critic1 is trained again",),
    }


def test_a_parent_s_setting_is_told_of_the_parent_alone(results):
    assert reasons(results, mle={"learning_rate": 0.3}) == {
        MLE: ("mle.learning_rate was 0.6, is 0.3",),
        CRITIC: ("its actor mle/seed1 is trained again",),
        ERAC: ("its actor mle/seed1 is trained again", "its critic critic/critic1 is trained again"),
    }


def test_a_setting_of_both_is_told_of_both(results):
    found = reasons(results, network={"units": 128})
    assert found[MLE] == ("network.units was 256, is 128",)
    assert found[CRITIC] == ("its actor mle/seed1 is trained again",)


def test_a_label_or_an_unread_setting_is_no_reason(results):
    assert reasons(results, label="Other", raml={"tau": 0.9}) == {}


def test_a_parent_that_is_another_model_or_missing_is_a_reason(results):
    model = results / MLE / "model.safetensors"
    model.write_text(MLE.replace("1", "2"))  # Of the same size, which its own run is judged by here.
    assert reasons(results)[CRITIC] == ("its actor mle/seed1 is another model now",)
    model.unlink()
    assert reasons(results)[MLE] == ("its model.safetensors is missing or of another size",)
    assert reasons(results)[ERAC][0] == "its actor mle/seed1 is trained again"


def test_an_edited_score_and_a_folder_in_another_s_place_are_reasons(results):
    scores = results / ERAC / "scores.json"
    scores.write_text(scores.read_text().replace("20.0", "99.0"))
    assert reasons(results) == {ERAC: ("its scores.json: was changed: its SHA-256 is not the recorded one",)}
    shutil.rmtree(results / ERAC)
    shutil.copytree(results / MLE, results / ERAC)
    assert reasons(results) == {ERAC: (f"its manifest.json: belongs to {MLE}",)}


def test_a_file_that_cannot_be_read_is_no_reason_to_train_again(results, monkeypatch):
    def refuse(path):
        if path.name == "model.safetensors":
            raise PermissionError(13, "Permission denied", str(path))
        return sha256(path)

    # As of another user, whose files this one may not read.
    monkeypatch.setattr("erac_vaml.operations.outdated.sha256", refuse)
    found = compare_runs(Plan(experiment_with()), results)
    assert found.outdated == ()
    (told,) = (text for text in found.unreadable if MLE in text)
    assert told.startswith(f"{results / MLE / 'model.safetensors'}: cannot be read (Permission denied)")


def test_changed_data_are_a_reason_and_missing_ones_are_not(results):
    path = results / "data/mini/test.source.txt"
    path.write_text("another sentence\n")
    assert reasons(results)[MLE] == ("data mini: test.source.txt changed",)
    path.unlink()
    assert reasons(results) == {}


def test_other_settings_of_the_data_are_a_reason_before_they_are_prepared(results):
    settings = experiment_with().datasets["mini"].model_dump(mode="json")
    path = results / "data/mini/statistics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"settings": settings | {"seed": 7}}))
    assert reasons(results)[MLE] == ("data mini: seed was 7, is 1",)


@pytest.mark.parametrize(
    ("content", "told"), [(None, "no such file"), ("{", "damaged"), ("[]", "damaged"), ("[" * 10**5, "damaged")]
)
def test_a_run_without_a_manifest_cannot_be_kept(results, content, told):
    path = results / ERAC / "manifest.json"
    path.unlink() if content is None else path.write_text(content)
    ((run, (reason,)),) = reasons(results).items()
    assert run == ERAC
    assert reason.startswith(f"its manifest.json: {told}")


def test_what_is_set_aside_is_moved_whole_and_nothing_else_is(results):
    experiment = experiment_with(joint={"lambda_mle": 0.2})
    run = Plan(experiment).runs[ERAC]
    write_state(results, run, [attempt()])
    folder = set_aside(compare_runs(Plan(experiment), results).outdated, results, NOON)
    assert folder == results / "replaced" / "2026-01-01T12-00-00"
    assert (folder / ERAC / "model.safetensors").read_text() == ERAC
    assert (folder / run.state_path / "attempts.json").exists()
    assert not (results / ERAC).exists()
    assert not (results / run.state_path).exists()
    assert (results / MLE / "scores.json").exists()
    assert compare_runs(Plan(experiment), results).outdated == ()


def test_runs_of_like_reasons_are_one_row(capsys, tmp_path):
    experiment = make_experiment({"mt": TASK | {"seeds": {"critics": 1, "actors": 3}}})
    for run in Plan(experiment).runs.values():
        settings = run.fields | {"mle.tau": 1} if run.algorithm == "mle" else run.fields
        write_run(tmp_path, run, manifest={"settings": settings, "seconds": 3600.0})
    outdated = compare_runs(Plan(experiment), tmp_path).outdated
    make_console().print(outdated_view([one for one in outdated if one.run.stage == "mle"]))
    row = capsys.readouterr().out.splitlines()[1]
    assert " ".join(row.split()) == "mt/mle 3 3 h 00 min mle.tau was 1, is not there"
