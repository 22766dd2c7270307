"""Bundles of runs that were never trained, and the changes that a forger would make to one."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

from fake_results import make_experiment, write_hypotheses, write_run
from spoil import repack

from erac_vaml.config import Experiment
from erac_vaml.evaluation.caption_scores import caption_scores
from erac_vaml.evaluation.corpus_bleu import corpus_bleu
from erac_vaml.files import FileDigest
from erac_vaml.plan import Plan, Run
from erac_vaml.runs.bundle import bundle_run
from erac_vaml.runs.verification import verify_bundle

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


def _make(tmp_path, kind, task, name, lines, scores):
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


def make_translated(tmp_path):
    """Write a run of translations and its bundle."""
    bleu = corpus_bleu(SAID, WANTED)
    scores = {"test_bleu": bleu.score, "bleu_signature": bleu.signature}
    return _make(tmp_path, "mini", "mt", "test.target.txt", WANTED, scores)


def make_captioned(tmp_path):
    """Write a run of captions and its bundle."""
    found = caption_scores(SAID, list(zip(WANTED, ALSO, strict=True)))
    scores = {
        "test_bleu": found.bleu.score,
        "test_sacrebleu": found.sacrebleu,
        "test_cider": found.cider,
        "test_rouge_l": found.rouge_l,
        "bleu_signature": found.signature,
    }
    lines = [f"{first}\t{second}" for first, second in zip(WANTED, ALSO, strict=True)]
    return _make(tmp_path, "mini-captions", "captioning", "test.references.txt", lines, scores)


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
