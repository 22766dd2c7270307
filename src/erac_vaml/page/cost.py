"""Add up the cost of the runs by stage: device time, memory and energy. A shared device counts once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from erac_vaml.runs.attempts import Attempt
from erac_vaml.runs.manifest import Manifest


@dataclass(frozen=True)
class Share:
    """The share of its device that one attempt had."""

    seconds: float
    """Device time: half of the time during which two attempts shared the device."""
    joules: float | None
    """None if the device does not report energy."""


@dataclass(frozen=True)
class StageCost:
    """Cost of the runs of one stage on one kind of device."""

    stage: str
    device: str
    on_gpu: bool
    runs: int
    attempts: int
    """More than `runs` if some runs were stopped and resumed."""
    training_hours: float
    """Sum of the runs' training time."""
    device_hours: float
    """Hours of GPUs, or of the CPU's cores."""
    kilowatt_hours: float | None
    """Energy of GPUs that report it; None if none does."""
    peak_gibibytes: float | None
    """Highest peak memory of a run."""


def stage_costs(stages: Sequence[tuple[str, Manifest]]) -> list[StageCost]:
    """Return the cost of each stage on each kind of device, in order of appearance.

    Args:
        stages: the stage's name and the manifest of every run that has ended.
    """
    everything = [attempt for _, manifest in stages for attempt in _ended(manifest)]
    shares = iter(device_shares(everything))
    groups: dict[tuple[str, str], list[tuple[Manifest, list[Share]]]] = defaultdict(list)
    for stage, manifest in stages:
        groups[stage, manifest.device].append((manifest, [next(shares) for _ in _ended(manifest)]))
    return [_cost(stage, device, members) for (stage, device), members in groups.items()]


def device_shares(attempts: Sequence[Attempt]) -> list[Share]:
    """Return each attempt's share of its device, in the order of the attempts.

    Between two moments at which an attempt begins or ends, the attempts that run on a device have equal shares of its
    time and of its energy. Its power is the mean of the powers that these attempts measured. So the shares of a device
    add up to its time and energy.
    """
    seconds, joules = [0.0] * len(attempts), [0.0] * len(attempts)
    devices: dict[str, list[int]] = defaultdict(list)
    for index, attempt in enumerate(attempts):
        devices[attempt.place].append(index)
    for members in devices.values():
        spans = {index: attempts[index].span for index in members}
        moments = sorted({moment for span in spans.values() for moment in span})
        for start, end in pairwise(moments):
            running = [index for index, (began, ended) in spans.items() if began <= start and end <= ended]
            length = (end - start).total_seconds()
            powers = [power for index in running if (power := _watts(attempts[index])) is not None]
            for index in running:
                seconds[index] += length / len(running)
                joules[index] += length * sum(powers) / len(powers) / len(running) if powers else 0.0
    return [
        Share(time, energy if attempt.joules is not None else None)
        for time, energy, attempt in zip(seconds, joules, attempts, strict=True)
    ]


def _ended(manifest: Manifest) -> list[Attempt]:
    """Return the attempts at a run whose end is known: those that were not killed."""
    return [attempt for attempt in manifest.attempts if attempt.ended is not None]


def _watts(attempt: Attempt) -> float | None:
    """Return an attempt's mean power in watts, or None if it is unknown."""
    began, ended = attempt.span
    length = (ended - began).total_seconds()
    return None if attempt.joules is None or length <= 0 else attempt.joules / length


def _cost(stage: str, device: str, members: list[tuple[Manifest, list[Share]]]) -> StageCost:
    manifests = [manifest for manifest, _ in members]
    on_gpu = any(manifest.on_gpu for manifest in manifests)
    shares = [share for _, of_run in members for share in of_run]
    if on_gpu:
        occupied = sum(share.seconds for share in shares)
    else:
        # Every run has its own threads.
        occupied = sum(manifest.seconds * manifest.threads for manifest in manifests)
    joules = [share.joules for share in shares if share.joules is not None]
    peaks = [manifest.peak_memory_bytes for manifest in manifests if manifest.peak_memory_bytes]
    return StageCost(
        stage=stage,
        device=device,
        on_gpu=on_gpu,
        runs=len(manifests),
        attempts=sum(max(1, len(_ended(manifest))) for manifest in manifests),
        training_hours=sum(manifest.seconds for manifest in manifests) / 3600,
        device_hours=occupied / 3600,
        kilowatt_hours=sum(joules) / 3.6e6 if joules else None,
        peak_gibibytes=max(peaks) / 2**30 if peaks else None,
    )
