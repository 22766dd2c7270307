"""A bundle has what a run wrote, and nothing of the corpus; a run without a test score has none."""

import hashlib
import os
import shutil
import zipfile

import pytest
from bundles import ALSO, FILES, SAID, WANTED
from fake_results import make_experiment, write_hypotheses, write_run

from erac_vaml.errors import UserError
from erac_vaml.plan import Plan
from erac_vaml.runs.bundle import bundle_run, read_bundle
from erac_vaml.runs.hypotheses import compress_hypotheses


def test_a_recorded_run_gives_the_same_bundle(made, tmp_path):
    recorded = tmp_path / "recorded" / made.run.path
    compress_hypotheses(made.folder, recorded)
    for name in ("manifest.json", "scores.json", "history.csv"):
        shutil.copy(made.folder / name, recorded)
    assert bundle_run(made.experiment, made.run, tmp_path / "recorded") == made.content


def test_a_bundle_has_the_files_as_the_run_wrote_them(made):
    with zipfile.ZipFile(made.bundle) as archive:
        assert sorted(archive.namelist()) == sorted(FILES)
        for name in FILES[1:]:
            assert archive.read(name) == (made.folder / name).read_bytes()
        assert {member.external_attr >> 16 for member in archive.infolist()} == {0o100644}


def test_a_bundle_says_what_the_hypotheses_were_compared_with(translated):
    record = read_bundle(translated.bundle).record
    digest = hashlib.sha256(translated.references.read_bytes()).hexdigest()
    assert (record.format, record.experiment, record.run) == (1, "fake", "runs/mt/mle/seed1")
    known = record.references
    assert (known.file, known.sha256, known.lines, known.per_line) == ("test.target.txt", digest, 3, 1)
    assert record.evaluation == {
        name: value for name, value in translated.run.fields.items() if name.startswith("evaluation.")
    }
    assert "tok:none" in record.bleu_signature


def test_a_bundle_counts_the_references_of_an_image(captioned):
    bundle = read_bundle(captioned.bundle)
    assert (bundle.record.references.file, bundle.record.references.per_line) == ("test.references.txt", 2)
    assert bundle.of_captions


def test_a_bundle_has_no_text_of_the_corpus(made):
    content = made.bundle.read_bytes()
    assert SAID[0].encode() in content
    assert [text for text in WANTED + ALSO if text.encode() in content] == []


def test_the_same_files_make_the_same_bundle(made):
    for path in made.folder.iterdir():
        os.utime(path, (0, 0))
    assert made.content == made.bundle.read_bytes()


@pytest.mark.parametrize("path", ["mt/critic/critic1", "mt/q-network/critic1"])
def test_a_critic_has_no_bundle(translated, path):
    run = Plan(translated.experiment).runs[f"runs/{path}"]
    with pytest.raises(UserError, match=r"critic1: a .* has no hypotheses; name a run of mle, mle-continued, raml"):
        bundle_run(translated.experiment, run, translated.results)


def test_a_run_that_was_not_trained_because_its_parent_diverged_has_no_bundle(translated):
    experiment, results = translated.experiment, translated.results
    run = Plan(experiment).runs["runs/mt/vaml/critic1-actor1"]
    folder = write_run(results, run, None, "diverged", valid_bleu=0.0, manifest={}, bleu_signature=None)
    write_hypotheses(folder, [])
    with pytest.raises(UserError, match=r"critic1-actor1: has no test BLEU \(the loss is nan\); name a run"):
        bundle_run(experiment, run, results)


def test_a_run_on_data_of_another_kind_has_no_bundle(translated):
    other = make_experiment({"mt": {"dataset": "data"}}, datasets={"data": {"kind": "mini-captions"}})
    with pytest.raises(UserError, match=r"mle/seed1: was not scored on test\.references\.txt; name a run"):
        bundle_run(other, translated.run, translated.results)


@pytest.mark.parametrize("name", FILES[2:])
def test_a_run_whose_files_were_changed_has_no_bundle(made, name):
    path = made.folder / name
    path.write_bytes(path.read_bytes() + b"x\n")
    with pytest.raises(UserError, match=rf"{name}: has .* bytes, .* were written; put back"):
        assert made.content


def test_a_run_has_a_bundle_without_its_model(made):
    (made.folder / "model.safetensors").unlink()
    assert made.content == made.bundle.read_bytes()
