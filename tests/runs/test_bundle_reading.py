"""A bundle that was changed, cut or made by hand is refused in one line."""

import zipfile

import pytest
from bundles import FILES, edit_record, forge
from spoil import cut, repack, write

from erac_vaml.errors import UserError


def test_a_bundle_that_was_packed_again_is_read(made):
    repack("bundle.zip", {}, zipfile.ZIP_DEFLATED)(made.bundle.parent)
    assert made.verify().fault is None


@pytest.mark.parametrize("name", FILES[2:])
def test_a_changed_byte_is_found_by_the_digests_in_the_manifest(made, name):
    repack("bundle.zip", {name: lambda content: content.replace(b"a", b"b", 1)})(made.bundle.parent)
    with pytest.raises(UserError, match=rf"bundle\.zip: {name}: is not the file that the run wrote: its digest"):
        made.verify()


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
        (edit_record(experiment="a\nThe recorded number stands."), "experiment: has control characters"),
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
