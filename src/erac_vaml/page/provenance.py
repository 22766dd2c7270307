"""Summarise the code, data and environment of the runs, and warn where they differ."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from erac_vaml.files import sha256_of
from erac_vaml.runs.manifest import Manifest

SHOWN_DIGITS = 12
"""Number of shown digits of a SHA-256."""


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
    """Where the runs that have ended come from."""

    codes: dict[str, int]
    """Version of the code to its number of runs, the most frequent first."""
    data: list[Data]
    environments: dict[str, int]
    devices: dict[str, int]
    unreadable: int
    """Number of runs that have ended and have no readable manifest."""

    @property
    def doubts(self) -> list[str]:
        """Reasons not to compare all runs with each other."""
        found = []
        if self.unreadable:
            verb = "has" if self.unreadable == 1 else "have"
            found.append(f"{self.unreadable} of the runs that ended {verb} no readable manifest.json.")
        if len(self.codes) > 1:
            found.append(f"The runs were made by {len(self.codes)} versions of the code.")
        if any("+changes" in code for code in self.codes):
            found.append("Some runs were made by code with uncommitted changes, which no commit identifies.")
        if any("." in code for code in self.codes):
            found.append("Some runs were made by an installed copy of the code; they have its version, but no commit.")
        for dataset, versions in Counter(item.dataset for item in self.data).items():
            if versions > 1:
                found.append(f"The runs on data set {dataset} use {versions} versions of it.")
        if len(self.environments) > 1:
            found.append(f"The runs were made with {len(self.environments)} sets of packages.")
        return found


def provenance(manifests: Sequence[Manifest], ended: int) -> Provenance:
    """Return where the runs come from.

    Args:
        manifests: the readable manifests of the runs that have ended.
        ended: number of runs that have ended.
    """
    versions = {(manifest.data.folder, data_digest(manifest)): manifest for manifest in manifests}
    counts = Counter((manifest.data.folder, data_digest(manifest)) for manifest in manifests)
    return Provenance(
        codes=_counted(code for manifest in manifests for code in sorted(manifest.codes)),
        data=[
            Data(dataset, digest, tuple(sorted(manifest.data.sha256.items())), counts[dataset, digest])
            for (dataset, digest), manifest in versions.items()
        ],
        environments=_counted(map(_environment, manifests)),
        devices=_counted(manifest.device for manifest in manifests),
        unreadable=ended - len(manifests),
    )


def data_digest(manifest: Manifest) -> str:
    """Return the start of one SHA-256 over all files of a run's data."""
    lines = (f"{name} {digest}" for name, digest in sorted(manifest.data.sha256.items()))
    return sha256_of("\n".join(lines).encode())[:SHOWN_DIGITS]


def _environment(manifest: Manifest) -> str:
    """Return the versions of Python and packages, for example "Python 3.11.7, torch 2.13.0+cpu, numpy 2.4.6"."""
    packages = (f"{name} {version}" for name, version in manifest.packages.items() if name != "erac-vaml")
    return ", ".join([f"Python {manifest.python}", *packages])


def _counted(names: Iterable[str]) -> dict[str, int]:
    """Return the number of runs of each name, the most frequent first; an empty name does not count."""
    return dict(Counter(filter(None, names)).most_common())
