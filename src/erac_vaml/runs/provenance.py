"""Where a run's numbers come from: code, data, environment, device and settings."""

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from erac_vaml.files import sha256
from erac_vaml.plan import Run

_PACKAGES = ("erac-vaml", "torch", "numpy", "sacrebleu", "safetensors")


def describe_origin(run: Run, results: Path, data: Path) -> dict[str, Any]:
    """Return what a run is about to be made of: settings, parents, data and code. Called before it is trained.

    Args:
        run: the planned run.
        results: folder of the experiment's results.
        data: folder of the prepared data set.
    """
    return {
        "run": str(run.path),
        "seed": run.seed,
        "settings": run.fields,
        "parents": {
            role: {"run": str(parent.path), "model_sha256": sha256(results / parent.path / "model.safetensors")}
            for role, parent in run.parents.items()
        },
        "data": {
            "folder": data.name,
            "sha256": {path.name: sha256(path) for path in sorted(data.iterdir()) if path.is_file()},
        },
        "code": _code_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "python": platform.python_version(),
    }


def identity_of(origin: dict[str, Any]) -> dict[str, Any]:
    """Return what decides a run's numbers: only a run of the same may go on from its checkpoint.

    The code's version is no part of it: an edited comment must not cost a run. `checkpoint.FORMAT` is.
    """
    return {name: origin[name] for name in ("run", "seed", "settings", "parents", "data")}


def describe_execution(device: torch.device, started: datetime) -> dict[str, Any]:
    """Return where and when a run that has just ended was made, and its peak memory.

    Args:
        device: where it ran.
        started: when it started, UTC.
    """
    on_gpu = device.type == "cuda"
    return {
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name(device) if on_gpu else platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "peak_memory_bytes": _peak_memory(device),
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _code_version() -> str:
    """Return the git commit of the code, with `+changes` where the tree differs from it, or the package's version."""
    here = Path(__file__).parent
    try:
        # An installed copy may lie in somebody else's repository, whose commit would say nothing.
        subprocess.run(["git", "ls-files", "--error-unmatch", __file__], cwd=here, capture_output=True, check=True)
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True)
        status = subprocess.run(["git", "status", "--porcelain", "."], cwd=here.parent, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return version("erac-vaml")
    return commit.stdout.strip() + ("+changes" if status.stdout else "")


def _peak_memory(device: torch.device) -> int | None:
    """Return the most memory in bytes: of the GPU's allocator, or of this process; None where neither tells."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
