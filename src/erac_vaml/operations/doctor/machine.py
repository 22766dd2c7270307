"""The machine: room on the disk, GPUs, packages."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.operations.doctor.finding import Finding
from erac_vaml.operations.estimate import estimate
from erac_vaml.operations.plan_view import disk_needed
from erac_vaml.operations.wording import size, some

_FILES_OF_A_RUN = 12
"""Results, log, benchmark, state and Snakemake's records."""
_LOCKS = ("requirements.lock", "requirements-torch.lock")


def check_disk(experiment: Experiment, results: Path, at_once: int | None) -> Iterator[Finding]:
    """Yield whether there is room for what is still to be written, in bytes and in files."""
    there = next(folder for folder in (results, *results.absolute().parents) if folder.exists())
    estimates = estimate(experiment, results)
    needed, free = disk_needed(experiment, results, estimates, at_once).total, shutil.disk_usage(there).free
    text = f"{size(free)} free, about {size(needed)} still needed (erac-vaml plan)"
    yield Finding("ok" if free > needed else "problem", "disk", text, None if free > needed else f"du -sh {results}/*")
    free_files = os.statvfs(there).f_favail
    files = _FILES_OF_A_RUN * sum(not one.ended for one in estimates.runs)
    # Some file systems have no such limit, and say 0.
    if 0 < free_files < files:
        yield Finding(
            "problem", "disk", f"{free_files:,} files may still be made, about {files:,} are needed", "df -i ."
        )


def check_gpu() -> Iterator[Finding]:
    """Yield which GPUs torch sees."""
    import torch

    driver = _driver()
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            found = torch.cuda.get_device_properties(number)
            text = f"{found.name}, {size(found.total_memory)}, driver {driver or 'unknown'}"
            yield Finding("ok", f"GPU {number}", f"{text}, torch {torch.__version__}")
    elif driver is None:
        yield Finding("note", "GPU", "none here: runs will take the CPU (a cluster's other machines may have one)")
    else:
        built = f"is for CUDA {torch.version.cuda}" if torch.version.cuda else "is for the CPU alone"
        text = f"torch sees none, but there is a driver, {driver}: torch {torch.__version__} {built}"
        yield Finding("problem", "GPU", text, "pip install --force-reinstall torch")


def check_packages(root: Path) -> Iterator[Finding]:
    """Yield whether the packages are those that the lock files pin.

    Args:
        root: folder of the lock files.
    """
    pinned: dict[str, str] = {}
    for name in _LOCKS:
        if (root / name).exists():
            pinned |= dict(
                re.findall(r"^([\w.-]+)==([^\s;\\]+)", (root / name).read_text(encoding="utf-8"), re.MULTILINE)
            )
    if not pinned:
        yield Finding("note", "packages", f"no requirements.lock in {root}: nothing to compare with")
        return
    other = [
        f"{name} {now or 'missing'} ({wanted})" for name, wanted in pinned.items() if (now := _version(name)) != wanted
    ]
    if other:
        text = f"{len(other)} of {len(pinned)} are not as requirements.lock has them: {some(other, 5)}"
        yield Finding("note", "packages", text, f"pip install --no-deps -r {root / 'requirements.lock'}")
    else:
        yield Finding("ok", "packages", f"all {len(pinned)} as requirements.lock has them")


def _version(name: str) -> str | None:
    """Return an installed package's version without what its builder added, as in `2.13.0+cpu`; None without one."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return None


def _driver() -> str | None:
    """Return the version of NVIDIA's driver; None where there is none."""
    try:
        command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.split()
    return lines[0] if done.returncode == 0 and lines else None
