"""The files of one run: scores, history, hypotheses, provenance and model (results/README.md)."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

from torch import Tensor

from erac_vaml.errors import UserError
from erac_vaml.files import read_json, write_json, write_text
from erac_vaml.runs.models import save_parameters
from erac_vaml.training.loop import HISTORY_COLUMNS


def read_scores(directory: Path) -> dict[str, Any]:
    """Return a finished or diverged run's scores.

    Raises:
        UserError: the file is missing or damaged.
    """
    path = directory / "scores.json"
    try:
        scores = read_json(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train the run that writes it first") from None
    except ValueError as error:
        raise UserError(f"{path}: damaged ({error}); delete its folder and train that run again") from None
    if not isinstance(scores, dict) or scores.get("status") not in ("finished", "diverged"):
        raise UserError(f"{path}: no scores of a run; delete its folder and train that run again")
    return scores


def check_settings(directory: Path, settings: dict[str, Any]) -> None:
    """Check that a run was trained with these settings, by its manifest.

    Raises:
        UserError: it was not, or it has no manifest.
    """
    path = directory / "manifest.json"
    try:
        trained = dict(read_json(path)["settings"])
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train the run that writes it first") from None
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path}: damaged; delete its folder and train that run again") from None
    for name in sorted(trained.keys() | settings.keys()):
        if trained.get(name) != settings.get(name):
            raise UserError(
                f"{directory}: was trained with {name} = {trained.get(name)!r}, the configuration asks for "
                f"{settings.get(name)!r}; train that run again"
            )


def write_run(
    directory: Path,
    *,
    parameters: dict[str, Tensor],
    history: list[dict[str, Any]],
    hypotheses: list[str],
    coco_results: list[dict[str, Any]],
    manifest: dict[str, Any],
    scores: dict[str, Any],
) -> None:
    """Write all files of a run, the scores last: where they are, the rest is whole.

    Hypotheses for images are written in COCO's result format too.

    Raises:
        UserError: the disk is full, or may not be written.
    """
    try:
        _write_run(directory, parameters, history, hypotheses, coco_results, manifest, scores)
    except OSError as error:
        raise UserError(
            f"{directory}: its files cannot be written ({error.strerror or error}); make room, or mend the disk, and "
            "start the run again: it goes on from its last checkpoint"
        ) from None


def _write_run(
    directory: Path,
    parameters: dict[str, Tensor],
    history: list[dict[str, Any]],
    hypotheses: list[str],
    coco_results: list[dict[str, Any]],
    manifest: dict[str, Any],
    scores: dict[str, Any],
) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "scores.json").unlink(missing_ok=True)
    save_parameters(parameters, directory / "model.safetensors")
    table = StringIO(newline="")
    writer = csv.DictWriter(table, HISTORY_COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(history)
    write_text(directory / "history.csv", table.getvalue())
    write_text(directory / "hypotheses.txt", "".join(line + "\n" for line in hypotheses))
    if coco_results:
        write_json(directory / "hypotheses.json", coco_results, indent=None)
    write_json(directory / "manifest.json", manifest)
    write_json(directory / "scores.json", scores)
