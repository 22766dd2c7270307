"""Read and write scores.json: how a run ended and what it scored."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.errors import UnreadableError, UserError, content_fault
from erac_vaml.files import json_bytes, read_regular
from erac_vaml.plan import StageName, run_path
from erac_vaml.runs.hypotheses import COCO_FILE, HYPOTHESES_FILE, hypotheses_bytes, is_recorded
from erac_vaml.runs.manifest import MODEL_FILE, TRAIN_AGAIN, Manifest, checked_file, read_manifest
from erac_vaml.training.divergence import Divergence

SCORES_FILE = "scores.json"


@dataclass(frozen=True, kw_only=True, config=ConfigDict(strict=True, allow_inf_nan=False))
class Scores:
    """The content of scores.json. Nothing in it depends on when, where or in how many attempts the run was trained.

    A measure is None if the run's stage does not have it, or has no finite value of it.
    """

    status: Literal["finished", "diverged"]
    task: str
    algorithm: str
    run: str
    stage: StageName
    seed: int
    valid_bleu: float | None
    """BLEU is 0 to 100, here and below."""
    test_bleu: float | None
    """BLEU of beam search, like all scores below unless stated otherwise."""
    test_chrf: float | None = None
    """chrF2 of tokenised text, 0 to 100. This and the next three are None in runs of older versions."""
    test_length_ratio: float | None = None
    """Words of the hypotheses divided by words of the references, of the closest one in length of an image."""
    test_greedy_bleu: float | None = None
    """BLEU of the most probable word at each step."""
    test_sampled_bleu: float | None = None
    """BLEU of a sample of the policy for each source."""
    valid_perplexity: float | None
    """Perplexity per token, here and below."""
    test_perplexity: float | None
    valid_td_error: float | None
    """Mean TD error per token, as `critic.validation_error` says."""
    reconstruction_bleu: float | None
    test_sacrebleu: float | None
    """For captions only, like the next two."""
    test_cider: float | None
    test_rouge_l: float | None
    best_epoch: int
    epochs: int
    steps: int
    bleu_signature: str | None
    """sacrebleu's, which contains its version and settings; likewise below."""
    chrf_signature: str | None = None
    diverged: Divergence | None

    @property
    def path(self) -> str:
        """The run's folder below results/{experiment}/."""
        return str(run_path(self.task, self.algorithm, self.run))

    @property
    def measures(self) -> dict[str, float | None]:
        """Every measure by its name."""
        return {name: getattr(self, name) for name in MEASURES}


MEASURES = tuple(field.name for field in fields(Scores) if field.type == float | None)
"""Names of the measures: keys of scores.json, columns of scores.csv; history.csv has those of validation."""

_SCORES = TypeAdapter(Scores)


def has_ended(folder: Path) -> bool:
    """Return whether a run has finished or diverged, that is, whether its scores exist: they are written last."""
    return (folder / SCORES_FILE).exists()


def scores_bytes(scores: Scores) -> bytes:
    """Return the content of scores.json."""
    return json_bytes(asdict(scores))


def parse_scores(content: bytes) -> Scores:
    """Return the scores that are the content of a scores.json.

    Raises:
        ValueError: it is damaged; the message says where.
    """
    try:
        return _SCORES.validate_json(content)
    except ValidationError as error:
        raise ValueError(content_fault(error)) from None


def read_scores(folder: Path, manifest: Manifest | None = None) -> Scores:
    """Check the digest of a finished or diverged run's scores, and that they belong to this run; return them.

    Args:
        folder: the run's folder.
        manifest: the run's manifest; None: read it from the folder.

    Raises:
        UserError: the file is missing, damaged, was changed, cannot be read, or belongs to another run.
    """
    path = folder / SCORES_FILE
    if not has_ended(folder):
        raise UserError(f"{path}: no such file; train the run that writes it first")
    manifest = manifest or read_manifest(folder)
    try:
        scores = parse_scores(read_regular(checked_file(folder, SCORES_FILE, manifest)))
    except OSError as error:
        raise UnreadableError(path, error) from None
    except ValueError as error:
        raise UserError(f"{path}: {error}; {TRAIN_AGAIN}") from None
    if scores.path != manifest.run:
        raise UserError(f"{path}: belongs to {scores.path}; put that file back in its place, or {TRAIN_AGAIN}")
    return scores


def check_run(folder: Path, manifest: Manifest) -> Scores:
    """Check the digest of every file that a run wrote; return its scores.

    A recorded run has no model and no captions in COCO's format.

    Raises:
        UserError: a file is missing, was changed or cannot be read, or the scores belong to another run.
    """
    missing = {MODEL_FILE, COCO_FILE} if is_recorded(folder) else set()
    for name in manifest.files.keys() - missing:
        if name == HYPOTHESES_FILE:
            hypotheses_bytes(folder, manifest)
        else:
            checked_file(folder, name, manifest)
    return read_scores(folder, manifest)
