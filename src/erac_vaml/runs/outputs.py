"""Write all files of a run: model, history, hypotheses, manifest and scores (results/README.md)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from erac_vaml.errors import UserError
from erac_vaml.files import FileDigest, write_bytes
from erac_vaml.runs.attempts import Attempt
from erac_vaml.runs.history import HISTORY_FILE, write_history
from erac_vaml.runs.hypotheses import COCO_FILE, HYPOTHESES_FILE, write_hypotheses
from erac_vaml.runs.manifest import MODEL_FILE, Manifest, Origin, write_manifest
from erac_vaml.runs.model import write_model
from erac_vaml.runs.scores import SCORES_FILE, Scores, scores_bytes
from erac_vaml.training.state import TrainingState


def write_run(
    folder: Path,
    *,
    state: TrainingState,
    hypotheses: Sequence[str],
    coco_results: Sequence[dict[str, Any]],
    scores: Scores,
    origin: Origin,
    execution: Mapping[str, Any],
    attempts: Sequence[Attempt],
) -> None:
    """Write all files of a run. The scores come last: if they exist, all other files are complete.

    The manifest holds the digest of every other file, including the scores, which are serialised before it.

    Args:
        folder: the run's folder.
        state: the final state of the training: parameters of the best epoch, history and times.
        hypotheses: the network's output for the test set; empty for a critic or a Q-network.
        coco_results: the same in COCO's result format; empty for translations.
        scores: how the run ended, and what it scored.
        origin: settings, parents, data and code of the run.
        execution: machine, times and peak memory (`origin.describe_execution`).
        attempts: all attempts, oldest first.

    Raises:
        UserError: the disk is full, or the folder cannot be written.
    """
    try:
        (folder / SCORES_FILE).unlink(missing_ok=True)
        write_model(folder, state.parameters)
        write_history(folder, state.history)
        write_hypotheses(folder, hypotheses, coco_results)
        names = [MODEL_FILE, HISTORY_FILE, HYPOTHESES_FILE, *([COCO_FILE] if coco_results else [])]
        content = scores_bytes(scores)
        digests = {name: FileDigest.of(folder / name) for name in names} | {SCORES_FILE: FileDigest.of_bytes(content)}
        manifest = Manifest(
            **vars(origin),
            **execution,
            seconds=round(state.seconds, 2),
            epoch_seconds=tuple(state.epoch_seconds),
            attempts=tuple(attempts),
            files=digests,
        )
        write_manifest(folder, manifest)
        write_bytes(folder / SCORES_FILE, content, durable=True)
    except OSError as error:
        raise UserError(
            f"{folder}: its files cannot be written ({error.strerror or error}); free disk space, or make "
            "the folder writable, and start the run again: it continues from its last checkpoint"
        ) from None
