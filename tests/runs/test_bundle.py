"""A bundle has what a run wrote, and exposes a score that does not follow from its hypotheses and references."""

import gzip
import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from fake_results import make_experiment, seal, write_hypotheses, write_run
from spoil import cut, repack, write

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.evaluation.caption_scores import caption_scores
from erac_vaml.evaluation.corpus_bleu import corpus_bleu
from erac_vaml.files import FileDigest
from erac_vaml.plan import Plan, Run
from erac_vaml.runs.bundle import bundle_run, read_bundle
from erac_vaml.runs.hypotheses import compress_hypotheses
from erac_vaml.runs.verification import TOLERANCE, verify_bundle

SAID = ["the dog sees the old man .", "a cat sat on the green mat .", "the man sleeps ."]
WANTED = ["the dog sees an old man .", "a cat sat on the blue mat .", "the child sleeps ."]
ALSO = ["an old man is seen by the dog .", "on the green mat sat a cat .", "the man is asleep ."]
FILES = ("bundle.json", "manifest.json", "scores.json", "history.csv", "hypotheses.txt")


class Made(NamedTuple):
    """A finished run, its references and its bundle `bundle.zip`."""

    experiment: Experiment
    run: Run
    results: Path
    references: Path
    bundle: Path

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.results / self.run.path

    @property
    def content(self) -> bytes:
        """The run's bundle as it would be made now."""
        return bundle_run(self.experiment, self.run, self.results)

    def verify(self, references=None):
        """Return what becomes of the bundle."""
        return verify_bundle(self.bundle, references or self.references)


def make(tmp_path, kind, task, name, lines, scores):
    """Write a run of MLE with these scores, its references and its bundle."""
    experiment = make_experiment({task: {"dataset": "data"}}, datasets={"data": {"kind": kind}})
    run, results, references = Plan(experiment).runs[f"runs/{task}/mle/seed1"], tmp_path / "results", tmp_path / name
    references.write_text("".join(f"{line}\n" for line in lines))
    digests = {name: hashlib.sha256(references.read_bytes()).hexdigest(), "train.npz": "aa"}
    folder = write_run(results, run, manifest={"data": {"folder": "data", "sha256": digests}}, **scores)
    write_hypotheses(folder, SAID)
    made = Made(experiment, run, results, references, tmp_path / "bundle.zip")
    made.bundle.write_bytes(made.content)
    return made


@pytest.fixture
def translated(tmp_path):
    """A bundle of translations."""
    bleu = corpus_bleu(SAID, WANTED)
    scores = {"test_bleu": bleu.score, "bleu_signature": bleu.signature}
    return make(tmp_path, "mini", "mt", "test.target.txt", WANTED, scores)


@pytest.fixture
def captioned(tmp_path):
    """A bundle of captions."""
    found = caption_scores(SAID, list(zip(WANTED, ALSO, strict=True)))
    scores = {
        "test_bleu": found.bleu,
        "test_sacrebleu": found.sacrebleu,
        "test_cider": found.cider,
        "test_rouge_l": found.rouge_l,
        "bleu_signature": found.signature,
    }
    lines = [f"{first}\t{second}" for first, second in zip(WANTED, ALSO, strict=True)]
    return make(tmp_path, "mini-captions", "captioning", "test.references.txt", lines, scores)


@pytest.fixture(params=["translated", "captioned"])
def made(request):
    return request.getfixturevalue(request.param)


def forge(made, **changes):
    """Change the scores in a bundle, and the digest in its manifest to fit, as a forger would."""
    with zipfile.ZipFile(made.bundle) as archive:
        scores = json.loads(archive.read("scores.json")) | changes
    forge_file(made, "scores.json", json.dumps(scores).encode())


def forge_file(made, name, content, **more):
    """Replace a file in a bundle, its digest in the manifest, and more files."""

    def sealed(manifest):
        record = json.loads(manifest)
        record["files"][name] = FileDigest.of_bytes(content).as_json()
        return json.dumps(record).encode()

    repack("bundle.zip", {name: lambda _: content, "manifest.json": sealed, **more})(made.bundle.parent)


def edit_record(**changes):
    """Return a function that changes a bundle.json; `references` gets its changes as a mapping."""

    def edited(content):
        record = json.loads(content)
        of_references = changes.get("references", {})
        return json.dumps(record | changes | {"references": record["references"] | of_references}).encode()

    return edited


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


def test_a_recorded_number_stands(made):
    found = made.verify()
    assert (found.own_references, found.fault) == (True, None)
    assert found.recorded == pytest.approx({name: found.recomputed[name] for name in found.recorded})
    assert set(found.recomputed) - set(found.recorded) <= {
        "test_length_ratio",
        "test_chrf",
    }  # Not in the fixture's scores.
    assert found.signature == found.bundle.record.bleu_signature


def test_gzipped_references_are_those_that_they_unpack_to(made, tmp_path):
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(made.references.read_bytes()))
    assert (made.verify(packed).own_references, made.verify(packed).fault) == (True, None)


def test_a_bundle_that_was_packed_again_is_read(made):
    repack("bundle.zip", {}, zipfile.ZIP_DEFLATED)(made.bundle.parent)
    assert made.verify().fault is None


def test_a_diverged_run_has_a_number_too(translated):
    path = translated.folder / "scores.json"
    diverged = {"status": "diverged", "diverged": {"epoch": 2, "step": 9, "reason": "the loss is nan"}}
    path.write_text(json.dumps(json.loads(path.read_text()) | diverged))
    seal(translated.folder)
    translated.bundle.write_bytes(translated.content)
    found = translated.verify()
    assert (found.bundle.scores.status, found.fault) == ("diverged", None)


@pytest.mark.parametrize("name", FILES[2:])
def test_a_changed_byte_is_found_by_the_digests_in_the_manifest(made, name):
    repack("bundle.zip", {name: lambda content: content.replace(b"a", b"b", 1)})(made.bundle.parent)
    with pytest.raises(UserError, match=rf"bundle\.zip: {name}: is not the file that the run wrote: its digest"):
        made.verify()


@pytest.mark.parametrize("measure", ["test_bleu", "test_sacrebleu", "test_cider", "test_rouge_l"])
def test_a_forged_score_whose_digest_fits_is_exposed_by_the_recomputed_one(captioned, measure):
    was = captioned.verify().recorded[measure]
    forge(captioned, **{measure: was + 1})
    assert captioned.verify().fault == f"{measure} is {was:.6f}, recorded is {was + 1:.6f}"


def test_forged_hypotheses_whose_digest_fits_are_exposed_by_the_recomputed_score(translated):
    forge_file(translated, "hypotheses.txt", "".join(f"{line}\n" for line in WANTED).encode())
    assert translated.verify().fault.startswith("test_bleu is 100.000000, recorded is ")


def test_a_measure_that_translations_do_not_have_does_not_stand(translated):
    forge(translated, test_cider=120.0)
    assert translated.verify().fault == "test_cider is none, recorded is 120.000000"


def test_a_measure_that_is_missing_does_not_stand(captioned):
    forge(captioned, test_cider=None)
    assert captioned.verify().fault.endswith("recorded is none")


@pytest.mark.parametrize(("share", "stands"), [(0.5, True), (-0.5, True), (2.0, False), (-2.0, False)])
def test_only_rounding_is_tolerated(translated, share, stands):
    forge(translated, test_bleu=translated.verify().recorded["test_bleu"] + share * TOLERANCE)
    assert (translated.verify().fault is None) == stands


def sign(made, old, new):
    """Replace words of the signature in the scores and in bundle.json, with the digest that fits."""
    with zipfile.ZipFile(made.bundle) as archive:
        signature = json.loads(archive.read("scores.json"))["bleu_signature"].replace(old, new)
    forge(made, bleu_signature=signature)
    repack("bundle.zip", {"bundle.json": edit_record(bleu_signature=signature)})(made.bundle.parent)
    return signature


@pytest.mark.parametrize("library", ["version:", "pycocoevalcap "])
def test_other_versions_in_the_signature_are_no_fault(captioned, library):
    signature = sign(captioned, library, f"{library}0.")
    found = captioned.verify()
    assert found.fault is None
    assert found.bundle.record.bleu_signature == signature != found.signature


def test_other_settings_in_the_signature_are_a_fault(made):
    signature = sign(made, "smooth:none", "smooth:exp")
    assert made.verify().fault == f"it was scored with other settings: {signature}"


def test_other_references_decide_nothing(made, tmp_path):
    other = tmp_path / "other"
    other.write_text("x y z\n" * 3)
    found = made.verify(other)
    assert not found.own_references
    assert found.recomputed["test_bleu"] == 0.0
    assert found.recorded["test_bleu"] > 0.0


def test_other_references_may_have_tabs_or_none(made, tmp_path):
    other = tmp_path / "other"
    other.write_text("".join(f"{line}\tx\n" for line in SAID))
    assert (made.verify(other).recomputed["test_bleu"] > 99.0) == read_bundle(made.bundle).of_captions


def test_another_number_of_lines_is_refused(made, tmp_path):
    other = tmp_path / "other"
    other.write_text("x y z\n")
    with pytest.raises(UserError, match=r"other has 1 lines, .*bundle\.zip has 3 hypotheses: give test\..* prepared"):
        made.verify(other)


def test_a_bundle_without_its_worst_hypothesis_is_refused(translated):
    fewer = "".join(f"{line}\n" for line in SAID[:2]).encode()
    lines = edit_record(references={"lines": 2})
    forge_file(translated, "hypotheses.txt", fewer, **{"bundle.json": lines})
    with pytest.raises(UserError, match=r"has 3 lines, .*bundle\.zip has 2 hypotheses: the bundle was changed"):
        translated.verify()


def test_references_without_a_word_are_refused(made, tmp_path):
    (tmp_path / "blank").write_text("\n\n\n")
    with pytest.raises(UserError, match=r"no reference of 3 .*has a word"):
        made.verify(tmp_path / "blank")


@pytest.mark.parametrize(
    "changes",
    [
        {"run": "runs/mt/erac/critic1-actor1"},
        {"references": {"sha256": "0" * 64}},
        {"references": {"lines": 4}},
        {"references": {"per_line": 4}},
        {"evaluation": {}},
        {"bleu_signature": "nrefs:4"},
    ],
    ids=str,
)
def test_a_bundle_that_contradicts_its_own_files_is_refused(made, changes):
    repack("bundle.zip", {"bundle.json": edit_record(**changes)})(made.bundle.parent)
    with pytest.raises(UserError, match=r"bundle\.json: does not agree with the run's own files"):
        made.verify()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (edit_record(format=2), "is not of format 1, the only one that this version reads"),
        (edit_record(experiment="a\nThe recorded number stands."), "experiment: Value error, has control characters"),
        (edit_record(references={"file": "train.txt"}), "was not scored on train.txt"),
        (edit_record(references={"lines": "many"}), "references.lines: Input should be a valid integer"),
        (lambda _: b"", "damaged .*Invalid JSON"),
        (lambda _: b"[" * 10**5, "damaged .*Invalid JSON"),
    ],
)
def test_an_odd_record_is_refused(made, content, told):
    repack("bundle.zip", {"bundle.json": content})(made.bundle.parent)
    with pytest.raises(UserError, match=rf"bundle\.zip: bundle\.json: .*{told}.*; ask for the bundle again") as refused:
        made.verify()
    assert "\n" not in str(refused.value)


def test_scores_of_another_run_are_refused_even_if_their_digest_fits(made):
    forge(made, run="seed2")
    with pytest.raises(UserError, match=r"scores\.json: belongs to another run than the manifest"):
        made.verify()


def test_damaged_scores_are_refused_even_if_their_digest_fits(made):
    forge(made, test_bleu="high")
    with pytest.raises(UserError, match=r"scores\.json: test_bleu: Input should be a valid number; ask"):
        made.verify()


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(captioned, name):
    repack("bundle.zip", {name: None})(captioned.bundle.parent)
    with pytest.raises(UserError, match=rf"bundle\.zip: {name}: is missing in the bundle"):
        captioned.verify()


@pytest.mark.parametrize(
    "spoil",
    [write("bundle.zip", "text"), cut("bundle.zip", 0.5), cut("bundle.zip", 0.99), cut("bundle.zip", 0.0)]
    + [repack("bundle.zip", {}, method) for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2)],
)
def test_what_is_no_bundle_is_refused(made, spoil):
    spoil(made.bundle.parent)
    with pytest.raises(UserError, match=r"bundle\.zip: damaged, or not a bundle"):
        made.verify()


def test_a_file_of_another_name_is_not_looked_at(made, tmp_path):
    with zipfile.ZipFile(made.bundle, "a") as archive:
        archive.writestr("../outside", "x")
    assert made.verify().fault is None
    assert not (tmp_path.parent / "outside").exists()


def test_what_would_fill_the_memory_is_refused(made, monkeypatch):
    repack("bundle.zip", {"history.csv": lambda _: bytes(10**6)}, zipfile.ZIP_DEFLATED)(made.bundle.parent)
    monkeypatch.setattr("erac_vaml.runs.bundle._MOST_BYTES", 10**5)
    with pytest.raises(UserError, match=r"history\.csv unpacks to over 100,000 bytes"):
        made.verify()
    monkeypatch.setattr("erac_vaml.runs.bundle._MOST_BYTES", 10**2)
    with pytest.raises(UserError, match=r"bundle\.zip: is over 100 bytes"):
        made.verify()


def test_a_file_that_is_longer_than_it_says_is_refused(made):
    repack("bundle.zip", {"history.csv": lambda _: bytes(10**6)}, zipfile.ZIP_DEFLATED)(made.bundle.parent)
    content = made.bundle.read_bytes()
    assert content.count((10**6).to_bytes(4, "little")) == 2
    made.bundle.write_bytes(content.replace((10**6).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(UserError, match=r"bundle\.zip: damaged, or not a bundle \(Bad CRC-32 for file 'history"):
        made.verify()


@pytest.mark.parametrize("path", ["mt/critic/critic1", "mt/q-network/critic1"])
def test_a_critic_has_no_bundle(translated, path):
    run = Plan(translated.experiment).runs[f"runs/{path}"]
    with pytest.raises(UserError, match=r"critic1: a .* has no hypotheses; name a run of mle, raml, vaml, ac or erac"):
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
