"""Score the hypotheses of a bundle again, and decide whether the recorded scores stand."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from erac_vaml.data.corpus import lines_of, read_content
from erac_vaml.errors import UserError
from erac_vaml.evaluation.quality import scores_against
from erac_vaml.files import sha256_of
from erac_vaml.runs.bundle import Bundle, read_bundle

CHALLENGED = ("test_bleu", "test_length_ratio", "test_chrf", "test_sacrebleu", "test_cider", "test_rouge_l")
"""Measures that follow from hypotheses and references alone. The others need the model."""
_LATER = ("test_length_ratio", "test_chrf")
"""Measures that older runs did not record. A run that lacks any other one was changed."""
TOLERANCE = 1e-6
"""Largest difference of two equal scores, on their scale of 0 to 100. The same texts have the same counts of n-grams,
so only the rounding of sums and logarithms differs between machines, by about 1e-12. A single 4-gram more among a
million matches changes a BLEU of 20 by 5e-6."""


@dataclass(frozen=True)
class Verification:
    """The recorded scores of a run, and those that its hypotheses have now."""

    bundle: Bundle
    own_references: bool
    """Whether the references are those of the run, by their SHA-256."""
    recomputed: dict[str, float]
    """Scores by their names in scores.json, 0 to 100; CIDEr is 0 to 1000."""
    signature: str
    """Signature of the recomputed BLEU."""

    @property
    def recorded(self) -> dict[str, float]:
        """Scores in the bundle of the measures that can be challenged, by name."""
        found = {name: self.bundle.scores.measures[name] for name in CHALLENGED}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def fault(self) -> str | None:
        """How the recorded scores differ from the recomputed ones, in words, or None.

        Other versions of the libraries in the signature are no fault; other settings are.
        """
        for name in CHALLENGED:
            was, now = self.recorded.get(name), self.recomputed.get(name)
            if was is None and (now is None or name in _LATER):
                continue
            if was is None or now is None or not math.isclose(was, now, rel_tol=0.0, abs_tol=TOLERANCE):
                return f"{name} is {_shown(now)}, recorded is {_shown(was)}"
        was_signature = self.bundle.record.bleu_signature
        if _without_versions(was_signature) != _without_versions(self.signature):
            return f"it was scored with other settings: {was_signature}"
        return None


def verify_bundle(path: Path, references: Path) -> Verification:
    """Score the hypotheses of a bundle against references.

    Args:
        path: the bundle.
        references: prepared file with the references of the test set, plain, or gzipped with a name that ends in .gz.

    Raises:
        UserError: the bundle cannot be used (`read_bundle`), the references are missing or not UTF-8, have no word, or
            there is not one line for each hypothesis.
    """
    bundle = read_bundle(path)
    known = bundle.record.references
    content = read_content(references)
    lines, own = lines_of(content, references), sha256_of(content) == known.sha256
    if len(lines) != known.lines:
        fix = "the bundle was changed, ask for it again" if own else f"give {known.file} of the run's prepared data"
        raise UserError(f"{references} has {len(lines)} lines, {path} has {known.lines} hypotheses: {fix}")
    texts = [line.split("\t") if bundle.of_captions else [line] for line in lines]
    found = scores_against(texts, bundle.hypotheses, of_captions=bundle.of_captions)
    assert found.bleu_signature is not None
    return Verification(bundle, own, found.measures, found.bleu_signature)


def _shown(score: float | None) -> str:
    return "none" if score is None else f"{score:.6f}"


def _without_versions(signature: str) -> str:
    """Return a signature of BLEU without the versions of sacrebleu and pycocoevalcap."""
    return re.sub(r"(\bversion:|\bpycocoevalcap )[^|,]*", r"\1", signature)
