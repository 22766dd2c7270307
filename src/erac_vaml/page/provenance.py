"""Summarise which code, data and environment the runs were made with, and warn where they differ."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from erac_vaml.files import sha256_of
from erac_vaml.runs.manifest import Manifest

SHOWN_DIGITS = 12
"""Of a SHA-256."""


@dataclass(frozen=True)
class Origin:
    """One version of code, environment or device."""

    name: str
    """For example a commit, or a data set with the hash of its files."""
    runs: int


@dataclass(frozen=True)
class Data:
    """One version of a prepared data set."""

    dataset: str
    digest: str
    files: tuple[tuple[str, str], ...]
    """Name of each file with its SHA-256."""
    runs: int


@dataclass(frozen=True)
class Provenance:
    """What the runs that have ended are made of."""

    codes: list[Origin]
    data: list[Data]
    environments: list[Origin]
    devices: list[Origin]
    untold: int
    """Runs that have ended without a manifest that can be read."""

    @property
    def doubts(self) -> list[str]:
        """Reasons not to compare all runs with each other."""
        found = []
        if self.untold:
            verb = "has" if self.untold == 1 else "have"
            found.append(f"{self.untold} of the runs that ended {verb} no readable manifest.json.")
        if len(self.codes) > 1:
            found.append(f"The runs were made by {len(self.codes)} versions of the code.")
        if any("+changes" in code.name for code in self.codes):
            found.append("Some runs were made by code with uncommitted changes, which no commit can tell.")
        for dataset, versions in Counter(item.dataset for item in self.data).items():
            if versions > 1:
                found.append(f"The runs on data set {dataset} stand on {versions} versions of it.")
        if len(self.environments) > 1:
            found.append(f"The runs were made with {len(self.environments)} sets of packages.")
        return found


def provenance(manifests: Sequence[Manifest], ended: int) -> Provenance:
    """Return what the runs are made of.

    Args:
        manifests: of the runs that have ended, those that can be read.
        ended: how many have ended.
    """
    versions = {(manifest.data.folder, data_digest(manifest)): manifest for manifest in manifests}
    counts = Counter((manifest.data.folder, data_digest(manifest)) for manifest in manifests)
    return Provenance(
        codes=_origins(manifests, lambda manifest: manifest.code),
        data=[
            Data(dataset, digest, tuple(sorted(manifest.data.sha256.items())), counts[dataset, digest])
            for (dataset, digest), manifest in versions.items()
        ],
        environments=_origins(manifests, _environment),
        devices=_origins(manifests, lambda manifest: manifest.device),
        untold=ended - len(manifests),
    )


def data_digest(manifest: Manifest) -> str:
    """Return the start of one SHA-256 over all files of a run's data."""
    lines = (f"{name} {digest}" for name, digest in sorted(manifest.data.sha256.items()))
    return sha256_of("\n".join(lines).encode())[:SHOWN_DIGITS]


def _environment(manifest: Manifest) -> str:
    """Return Python and packages in a line, for example "Python 3.11.7, torch 2.13.0+cpu, numpy 2.4.6"."""
    packages = (f"{name} {version}" for name, version in manifest.packages.items() if name != "erac-vaml")
    return ", ".join([f"Python {manifest.python}", *packages])


def _origins(manifests: Sequence[Manifest], of: Callable[[Manifest], str]) -> list[Origin]:
    return [Origin(name, count) for name, count in Counter(map(of, manifests)).most_common() if name]
