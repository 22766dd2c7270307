"""Write all files of a run: model, history, hypotheses, manifest and scores (results/README.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from torch import Tensor

from erac_vaml.errors import UserError
from erac_vaml.files import FileDigest, write_bytes
from erac_vaml.runs.attempts import Attempt
from erac_vaml.runs.history import HISTORY_FILE, write_history
from erac_vaml.runs.hypotheses import COCO_FILE, HYPOTHESES_FILE, write_hypotheses
from erac_vaml.runs.manifest import MODEL_FILE, Manifest, Origin, write_manifest
from erac_vaml.runs.model import write_model
from erac_vaml.runs.scores import SCORES_FILE, Scores, scores_bytes


def write_run(
    folder: Path,
    *,
    parameters: dict[str, Tensor],
    history: Sequence[Mapping[str, Any]],
    hypotheses: Sequence[str],
    coco_results: Sequence[dict[str, Any]],
    scores: Scores,
    origin: Origin,
    execution: Mapping[str, Any],
    seconds: float,
    epoch_seconds: Sequence[float],
    attempts: Sequence[Attempt],
) -> None:
    """Write all files of a run. The scores come last: where they are, the rest is whole.

    The manifest has the digest of each file, the scores' too, which are known before they are written.

    Args:
        folder: of the run.
        parameters: of the network at its best epoch.
        history: rows of history.csv.
        hypotheses: what the network says of the test set; none of a stage that says nothing.
        coco_results: the same in COCO's format; none for sentences.
        scores: how it ended, and what it scored.
        origin: what it was made of.
        execution: where and when it was made (`origin.describe_execution`).
        seconds: of training.
        epoch_seconds: when each row of the history was there.
        attempts: all, oldest first.

    Raises:
        UserError: the disk is full, or may not be written.
    """
    try:
        (folder / SCORES_FILE).unlink(missing_ok=True)
        write_model(folder, parameters)
        write_history(folder, history)
        write_hypotheses(folder, hypotheses, coco_results)
        names = [MODEL_FILE, HISTORY_FILE, HYPOTHESES_FILE, *([COCO_FILE] if coco_results else [])]
        content = scores_bytes(scores)
        digests = {name: FileDigest.of(folder / name) for name in names} | {SCORES_FILE: FileDigest.of_bytes(content)}
        manifest = Manifest(
            **{field.name: getattr(origin, field.name) for field in fields(origin)},
            **execution,
            seconds=round(seconds, 2),
            epoch_seconds=tuple(epoch_seconds),
            attempts=tuple(attempts),
            files=digests,
        )
        write_manifest(folder, manifest)
        write_bytes(folder / SCORES_FILE, content, durable=True)
    except OSError as error:
        raise UserError(
            f"{folder}: its files cannot be written ({error.strerror or error}); make room, or the folder "
            "writable, and start the run again: it goes on from its last checkpoint"
        ) from None
