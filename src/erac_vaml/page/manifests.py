"""Read what the runs' manifests record: code, data, device, attempts, time and memory."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SHORT = 12
"""Characters of a hash that are shown."""


@dataclass(frozen=True)
class Attempt:
    """One time that a run was started, as far as its manifest tells."""

    place: str
    """Machine and device: attempts of one place that overlap in time have shared it."""
    started: datetime
    ended: datetime
    joules: float | None
    """Energy that the whole device took meanwhile; None where it does not tell."""


@dataclass(frozen=True)
class Manifest:
    """Where a run's numbers come from. What an old or foreign manifest lacks is empty."""

    run: str
    """Path below results/, for example "runs/mt/erac/critic1-actor1"."""
    digest: str
    """Start of the SHA-256 of the file itself."""
    code: str
    """Commit, with `+changes` where the tree differed from it, or version of the package."""
    dataset: str
    data: Mapping[str, str]
    """File of the prepared data to its SHA-256."""
    packages: str
    device: str
    threads: int | None
    on_gpu: bool
    seconds: float | None
    peak_bytes: int | None
    attempts: tuple[Attempt, ...]
    ended: str
    """UTC, to the minute."""

    @property
    def data_digest(self) -> str:
        """Start of one hash over all files of the data."""
        return short_hash("\n".join(f"{name} {digest}" for name, digest in sorted(self.data.items())).encode())


def read_manifests(results: Path, paths: Iterable[str]) -> dict[str, Manifest]:
    """Return the manifests of those of the runs that have a readable one: a number beside the results is no fault.

    Args:
        results: folder of the experiment's results.
        paths: of runs, for example "runs/mt/erac/critic1-actor1".
    """
    found = {}
    for path in paths:
        try:
            content = (results / path / "manifest.json").read_bytes()
            found[path] = _manifest(path, json.loads(content), content)
        except (OSError, ValueError, TypeError, AttributeError, KeyError):
            continue
    return found


def short_hash(content: bytes) -> str:
    """Return the start of a SHA-256, as it is shown."""
    return hashlib.sha256(content).hexdigest()[:_SHORT]


def _manifest(path: str, record: dict[str, Any], content: bytes) -> Manifest:
    data = record.get("data") or {}
    attempts = record.get("attempts") or []
    gpus = [attempt for attempt in attempts if str(attempt["device"]).startswith("cuda")]
    return Manifest(
        run=path,
        digest=short_hash(content),
        code=str(record.get("code") or ""),
        dataset=str(data.get("folder") or ""),
        data=dict(data.get("sha256") or {}),
        packages=_packages(record),
        device=str(record.get("device") or ""),
        threads=record.get("threads"),
        on_gpu=bool(gpus),
        seconds=record.get("seconds"),
        peak_bytes=record.get("peak_memory_bytes"),
        attempts=tuple(_attempt(attempt) for attempt in attempts if attempt.get("ended")),
        ended=str(record.get("ended") or "")[:16].replace("T", " "),
    )


def _attempt(record: dict[str, Any]) -> Attempt:
    return Attempt(
        place=f"{record['host']} {record.get('gpu') or record['device']}",
        started=_time(record["started"]),
        ended=_time(record["ended"]),
        joules=record.get("joules"),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _packages(record: dict[str, Any]) -> str:
    """Return the environment in a line, for example "Python 3.11.7, torch 2.13.0+cpu, numpy 2.4.6"."""
    packages = record.get("packages") or {}
    named = [f"Python {record['python']}"] if "python" in record else []
    return ", ".join([*named, *(f"{name} {version}" for name, version in packages.items() if name != "erac-vaml")])
