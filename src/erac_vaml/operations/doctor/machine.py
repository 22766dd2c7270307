"""Check the machine: disk space, GPUs, packages."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from erac_vaml.operations.disk import disk_needed
from erac_vaml.operations.doctor.finding import Finding
from erac_vaml.operations.estimate import estimate
from erac_vaml.operations.wording import size, some
from erac_vaml.plan import Plan

_FILES_OF_A_RUN = 12
"""Files of results, log, benchmark, state and Snakemake's records."""
_TORCH_LOCK = "requirements-torch.lock"
_LOCKS = {"requirements.lock": "pip install --no-deps -r", _TORCH_LOCK: "pip install -r"}
"""The command that installs each lock file. torch's own needs the libraries of its build, which no lock file names."""


def check_disk(plan: Plan, results: Path, at_once: int | None) -> Iterator[Finding]:
    """Yield whether the disk has room for the bytes and the files that will still be written."""
    existing = next(folder for folder in (results, *results.absolute().parents) if folder.exists())
    estimates = estimate(plan, results)
    needed, free = disk_needed(plan.experiment, results, estimates, at_once).total, shutil.disk_usage(existing).free
    text = f"{size(free)} free, about {size(needed)} still needed (erac-vaml plan)"
    look = f"du -sh {results}/*" if results.exists() else "df -h ."
    yield Finding("ok" if free > needed else "problem", "disk", text, None if free > needed else look)
    free_files = os.statvfs(existing).f_favail
    files = _FILES_OF_A_RUN * sum(not one.ended for one in estimates.runs)
    # A file system without such a limit reports 0.
    if 0 < free_files < files:
        text = f"{free_files:,} files can still be created, about {files:,} are needed"
        yield Finding("problem", "disk", text, "df -i .")


def check_gpu(root: Path) -> Iterator[Finding]:
    """Yield which GPUs torch sees.

    Args:
        root: folder of the lock files.
    """
    import torch

    driver = _driver()
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            found = torch.cuda.get_device_properties(number)
            text = f"{found.name}, {size(found.total_memory)}, driver {driver or 'unknown'}"
            yield Finding("ok", f"GPU {number}", f"{text}, torch {torch.__version__}")
    elif driver is None:
        yield Finding("note", "GPU", "none here: runs will use the CPU (other machines of a cluster may have a GPU)")
    else:
        built = f"is built for CUDA {torch.version.cuda}" if torch.version.cuda else "is built for the CPU only"
        text = f"torch sees none, although driver {driver} is installed: torch {torch.__version__} {built}"
        lock = root / _TORCH_LOCK
        wanted = f"-r {shlex.quote(str(lock))}" if lock.exists() else "torch"
        yield Finding("problem", "GPU", text, f"pip uninstall --yes torch && pip install {wanted}")


def check_packages(root: Path) -> Iterator[Finding]:
    """Yield whether the installed packages are those that the lock files pin.

    Args:
        root: folder of the lock files.
    """
    pinned, other, fixes = 0, [], []
    for lock, install in _LOCKS.items():
        content = (root / lock).read_text(encoding="utf-8") if (root / lock).exists() else ""
        wanted = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", content, re.MULTILINE))
        differ = [
            f"{name} {now or 'missing'} ({needed})"
            for name, needed in wanted.items()
            if (now := _version(name)) != needed
        ]
        pinned += len(wanted)
        other += differ
        fixes += [f"{install} {shlex.quote(str(root / lock))}"] if differ else []
    if not pinned:
        yield Finding("note", "packages", f"no requirements.lock in {root}: nothing to compare with")
    elif other:
        text = f"{len(other)} of {pinned} differ from the lock files: {some(other, 5)}"
        yield Finding("note", "packages", text, " && ".join(fixes))
    else:
        yield Finding("ok", "packages", f"all {pinned} as in the lock files")


def _version(name: str) -> str | None:
    """Return the version of a package, without a suffix as in `2.13.0+cpu`; None if it is not installed."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return None


def _driver() -> str | None:
    """Return the version of NVIDIA's driver; None if there is none."""
    try:
        command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.split()
    return lines[0] if done.returncode == 0 and lines else None
