"""Describe the origin of a run's numbers: settings, parents, data, code, packages, machine and device."""

import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from erac_vaml.data.preparation import check_files
from erac_vaml.errors import UserError
from erac_vaml.plan import Run
from erac_vaml.runs.device import device_name
from erac_vaml.runs.manifest import (
    MODEL_FILE,
    DataRecord,
    Manifest,
    Origin,
    ParentRecord,
    check_settings,
    checked_file,
    read_manifest,
)

_PACKAGES = ("erac-vaml", "torch", "numpy", "sacrebleu", "safetensors")


def describe_origin(run: Run, results: Path, data: Path) -> Origin:
    """Check the inputs of a run that is about to be trained, and return its origin.

    Args:
        run: the planned run.
        results: folder of the experiment's results.
        data: folder of the prepared data set.

    Raises:
        UserError: the data or a parent are missing or were changed, or a parent was trained with different settings or
            on different data.
    """
    trained = {role: check_trained(parent, results, data) for role, parent in run.parents.items()}
    return Origin(
        run=str(run.path),
        seed=run.seed,
        settings=run.fields,
        parents={role: ParentRecord(found.run, found.files[MODEL_FILE].sha256) for role, found in trained.items()},
        data=DataRecord(data.name, check_files(data)),
        code=code_version(),
        packages={name: version(name) for name in _PACKAGES},
        python=platform.python_version(),
    )


def check_trained(run: Run, results: Path, data: Path) -> Manifest:
    """Check the model of a finished run, and that it was trained as planned on the current data; return its manifest.

    Raises:
        UserError: it was trained with different settings or on different data, or a file is missing or was changed.
    """
    folder = results / run.path
    manifest = read_manifest(folder)
    check_settings(folder, manifest, run.fields)
    if manifest.data.sha256 != check_files(data):
        raise UserError(f"{folder}: was trained on other data than are in {data} now; train that run again")
    checked_file(folder, MODEL_FILE, manifest)
    return manifest


def describe_execution(device: torch.device, started: datetime) -> dict[str, Any]:
    """Return the machine, the times and the peak memory of a run that ends now, as its manifest has them.

    Args:
        device: device of the training.
        started: start of the first attempt, UTC.
    """
    return {
        "platform": platform.platform(),
        "device": device_name(device),
        "threads": torch.get_num_threads(),
        "peak_memory_bytes": _peak_memory(device),
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@cache
def code_version() -> str:
    """Return the git commit of the code, with `+changes` if the tree differs from it, or the package's version."""
    here = Path(__file__).parent
    try:
        # An installed copy may lie inside another project's repository, whose commit would be wrong.
        subprocess.run(["git", "ls-files", "--error-unmatch", __file__], cwd=here, capture_output=True, check=True)
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True)
        status = subprocess.run(["git", "status", "--porcelain", "."], cwd=here.parent, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return version("erac-vaml")
    return commit.stdout.strip() + ("+changes" if status.stdout else "")


def _peak_memory(device: torch.device) -> int:
    """Return the peak memory in bytes: of the GPU's allocator, or of this process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
