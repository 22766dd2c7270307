"""Find the checkpoints of a stopped run and what it was made of, without PyTorch."""

import json
import re
from pathlib import Path

from safetensors import SafetensorError, safe_open

from erac_vaml.errors import UnreadableError, UserError
from erac_vaml.runs.manifest import Origin, origin_of

NAME = re.compile(r"checkpoint-(\d{6,})-([0-9a-f]{64})\.safetensors")
"""Name of a checkpoint: its number and the SHA-256 of its content."""


class DamagedError(UserError):
    """A checkpoint is damaged."""


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints in a run's state folder, newest first."""
    found = [path for path in folder.glob("checkpoint-*") if NAME.fullmatch(path.name)]
    return sorted(found, key=number_of, reverse=True)


def number_of(checkpoint: Path) -> int:
    """Return the number in a checkpoint's name."""
    return int(checkpoint.name.split("-")[1])


def stopped_run(checkpoint: Path) -> tuple[Origin, float]:
    """Return the origin of a checkpoint's run and the seconds that it has trained. Its tensors are not read.

    Raises:
        DamagedError: the checkpoint is damaged.
        UnreadableError: it cannot be read.
    """
    try:
        with safe_open(checkpoint, "numpy") as file:
            metadata = file.metadata()
        return origin_of(json.loads(metadata["identity"])), float(json.loads(metadata["record"])["seconds"])
    except OSError as error:
        raise UnreadableError(checkpoint, error) from None
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{checkpoint}: damaged ({error})") from None
