"""Add up what the runs cost by stage: time of devices, memory and energy; a shared device counts once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from erac_vaml.runs.attempts import Attempt
from erac_vaml.runs.manifest import Manifest


@dataclass(frozen=True)
class Share:
    """One attempt's share of its device."""

    seconds: float
    """Of the device: half the time where two attempts shared it."""
    joules: float | None
    """None where the device does not report energy."""


@dataclass(frozen=True)
class StageCost:
    """What the runs of one stage cost on one kind of device."""

    stage: str
    device: str
    on_gpu: bool
    runs: int
    attempts: int
    """More than runs where some were stopped and went on."""
    training_hours: float
    """Sum over runs of the time that they were trained."""
    device_hours: float
    """Time of GPUs, or of the CPU's cores."""
    kilowatt_hours: float | None
    """Of GPUs that report energy; None where none does."""
    peak_gibibytes: float | None
    """Highest peak memory of one run."""


def stage_costs(stages: Sequence[tuple[str, Manifest]]) -> list[StageCost]:
    """Return the cost of each stage on each kind of device, in the order in which they appear.

    Args:
        stages: of every run that has ended, the name of its stage and its manifest.
    """
    everything = [attempt for _, manifest in stages for attempt in _ended(manifest)]
    shares = iter(device_shares(everything))
    groups: dict[tuple[str, str], list[tuple[Manifest, list[Share]]]] = defaultdict(list)
    for stage, manifest in stages:
        groups[stage, manifest.device].append((manifest, [next(shares) for _ in _ended(manifest)]))
    return [_cost(stage, device, members) for (stage, device), members in groups.items()]


def device_shares(attempts: Sequence[Attempt]) -> list[Share]:
    """Return each attempt's share of its device, in their order.

    Between two moments at which an attempt begins or ends, those that run on a device have equal shares of its time and
    of its energy, whose power is the mean of what their own sums say. So the shares of a device add up to its own.
    """
    seconds, joules = [0.0] * len(attempts), [0.0] * len(attempts)
    for members in _by_place(attempts):
        spans = {place: attempts[place].span for place in members}
        moments = sorted({moment for span in spans.values() for moment in span})
        for start, end in pairwise(moments):
            running = [place for place, (began, ended) in spans.items() if began <= start and end <= ended]
            if not running:
                continue
            length = (end - start).total_seconds()
            powers = [power for place in running if (power := _watts(attempts[place])) is not None]
            for place in running:
                seconds[place] += length / len(running)
                joules[place] += length * sum(powers) / len(powers) / len(running) if powers else 0.0
    return [
        Share(time, energy if attempt.joules is not None else None)
        for time, energy, attempt in zip(seconds, joules, attempts, strict=True)
    ]


def _ended(manifest: Manifest) -> list[Attempt]:
    """Return the attempts at a run whose end is known: they were not killed."""
    return [attempt for attempt in manifest.attempts if attempt.ended is not None]


def _by_place(attempts: Sequence[Attempt]) -> Iterable[list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for index, attempt in enumerate(attempts):
        places[attempt.place].append(index)
    return places.values()


def _watts(attempt: Attempt) -> float | None:
    began, ended = attempt.span
    length = (ended - began).total_seconds()
    return None if attempt.joules is None or length <= 0 else attempt.joules / length


def _cost(stage: str, device: str, members: list[tuple[Manifest, list[Share]]]) -> StageCost:
    manifests = [manifest for manifest, _ in members]
    on_gpu = any(manifest.on_gpu for manifest in manifests)
    trained = sum(manifest.seconds for manifest in manifests)
    if on_gpu:
        occupied = sum(share.seconds for _, shares in members for share in shares)
    else:
        # Every run has had its own threads.
        occupied = sum(manifest.seconds * manifest.threads for manifest in manifests)
    told = [share.joules for _, shares in members for share in shares if share.joules is not None]
    peaks = [manifest.peak_memory_bytes for manifest in manifests if manifest.peak_memory_bytes]
    return StageCost(
        stage=stage,
        device=device,
        on_gpu=on_gpu,
        runs=len(manifests),
        attempts=sum(max(1, len(_ended(manifest))) for manifest in manifests),
        training_hours=trained / 3600,
        device_hours=occupied / 3600,
        kilowatt_hours=sum(told) / 3.6e6 if told else None,
        peak_gibibytes=max(peaks) / 2**30 if peaks else None,
    )
