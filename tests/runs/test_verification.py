"""Verification exposes a score that does not follow from the hypotheses and the references."""

import gzip
import json
import zipfile

import pytest
from bundles import SAID, WANTED, edit_record, forge, forge_file
from fake_results import seal
from spoil import repack

from erac_vaml.errors import UserError
from erac_vaml.runs.bundle import read_bundle
from erac_vaml.runs.verification import TOLERANCE


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


def test_a_diverged_run_has_a_number_too(translated):
    path = translated.folder / "scores.json"
    diverged = {"status": "diverged", "diverged": {"epoch": 2, "step": 9, "reason": "the loss is nan"}}
    path.write_text(json.dumps(json.loads(path.read_text()) | diverged))
    seal(translated.folder)
    translated.bundle.write_bytes(translated.content)
    found = translated.verify()
    assert (found.bundle.scores.status, found.fault) == ("diverged", None)


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
