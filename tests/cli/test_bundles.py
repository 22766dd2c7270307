"""The commands `bundle` and `verify` on trained runs."""

import json
import shutil
import zipfile

import pytest
from small_experiment import call, make_experiment
from spoil import repack

from erac_vaml.files import FileDigest

MLE = "runs/mt/mle/seed1"
TEXT = "results/small/data/text/test.target.txt"
CAPTIONS = "results/small/data/given/test.references.txt"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with finished runs."""
    folder = tmp_path_factory.mktemp("made")
    make_experiment(folder)
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    copy = shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def run(here, monkeypatch, capsys):
    """A function that runs the command line there; it returns the exit status and the lines of standard output."""

    def run(command):
        status = call(command, monkeypatch)
        return status, capsys.readouterr().out.splitlines()

    return run


def test_a_bundle_is_named_after_its_run(here, run):
    assert run(f"bundle {MLE}") == (0, ["small-mt-mle-seed1.zip"])
    assert (here / "small-mt-mle-seed1.zip").read_bytes() == (here / "bundle.zip").read_bytes()


@pytest.mark.parametrize("name", [MLE, "mt/mle/seed1", f"results/small/{MLE}", f"results/small/{MLE}/", f"./{MLE}"])
def test_a_run_is_found_by_each_of_its_names(here, run, name):
    assert run(f"bundle {name} --output new/mine.zip") == (0, ["new/mine.zip"])
    assert (here / "new/mine.zip").read_bytes() == (here / "bundle.zip").read_bytes()


def test_results_elsewhere_are_found(here, run):
    (here / "results/small").rename(here / "moved")
    assert run(f"bundle {MLE} --results moved --output again.zip")[0] == 0
    assert (here / "again.zip").read_bytes() == (here / "bundle.zip").read_bytes()


def test_the_number_of_trained_translations_stands_without_model_and_configuration(here, run):
    shutil.copy(TEXT, "wanted")
    shutil.rmtree("results")
    (here / "config.yaml").unlink()
    status, said = run("verify bundle.zip --references wanted")
    assert status == 0
    assert said[0] == f"run         small: {MLE}, finished"
    assert said[2].startswith("recorded    test_bleu ")
    assert said[3].partition(" ")[2].split() == said[2].partition(" ")[2].split()
    assert said[4].startswith("signature   nrefs:1|")
    assert said[5:] == ["The recorded scores are confirmed."]


def test_the_numbers_of_trained_captions_stand(run):
    assert run("bundle captioning/mle/seed1 --output captions.zip")[0] == 0
    status, said = run(f"verify captions.zip --references {CAPTIONS}")
    assert (status, said[-1]) == (0, "The recorded scores are confirmed.")
    assert said[3].split()[1::2] == [
        "test_bleu",
        "test_length_ratio",
        "test_chrf",
        "test_sacrebleu",
        "test_cider",
        "test_rouge_l",
    ]


def test_a_forged_number_does_not_stand(here, run):
    with zipfile.ZipFile("bundle.zip") as archive:
        scores = json.loads(archive.read("scores.json"))
        manifest = json.loads(archive.read("manifest.json"))
    forged = json.dumps(scores | {"test_bleu": 27.5}).encode()
    manifest["files"]["scores.json"] = FileDigest.of_bytes(forged).as_json()
    repack("bundle.zip", {"scores.json": lambda _: forged, "manifest.json": lambda _: json.dumps(manifest)})(here)
    status, said = run(f"verify bundle.zip --references {TEXT}")
    now = f"{scores['test_bleu']:.6f}"
    assert said[-1] == f"The recorded scores are wrong: test_bleu is {now}, recorded is 27.500000."
    assert status == 1


def test_other_references_decide_nothing(here, run):
    (here / "other").write_text("ein hund\nder hund sieht\n")
    status, said = run("verify bundle.zip --references other")
    assert said[-1] == "Not decided: other is not the run's test.target.txt; its SHA-256 differs."
    assert status == 1


def test_another_version_of_sacrebleu_is_told(here, run):
    path = here / f"results/small/{MLE}/scores.json"
    old = path.read_text()
    path.write_text(old.replace("version:", "version:0."))
    manifest = path.with_name("manifest.json")
    record = json.loads(manifest.read_text())
    record["files"]["scores.json"] = FileDigest.of(path).as_json()
    manifest.write_text(json.dumps(record))
    assert run(f"bundle {MLE} --output old.zip")[0] == 0
    status, said = run(f"verify old.zip --references {TEXT}")
    assert "; recorded with nrefs:1|" in said[4]
    assert "version:0." in said[4]
    assert (status, said[-1]) == (0, "The recorded scores are confirmed.")
