"""Runs the measurements one after the other, each in a new process."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tqdm import tqdm

from benchmarks.cases import Case, Effort
from benchmarks.measurement import Measurement


@dataclass(frozen=True)
class Machine:
    """How to use the machine: the part of a request that all cases share."""

    threads: int
    device: str
    """As for `erac-vaml train`."""
    precision: str
    """Of matrix products, as `network.matmul_precision`; the bare products have it too."""


def run_cases(cases: Sequence[Case], effort: Effort, machine: Machine) -> dict[Case, Measurement]:
    """Measure the cases and report progress on the error stream.

    Raises:
        SystemExit: a measurement failed; its process has printed why.
    """
    measured = {}
    for case in (progress := tqdm(cases, desc="benchmarks", unit="case")):
        progress.set_postfix_str(case.label)
        measured[case] = result = _run(case, effort, machine)
        bound = "" if result.ratio is None else f", {result.ratio:.2f} times its bound"
        warning = " (other processes were running)" if result.disturbed else ""
        progress.write(f"{case.label}: {result.ms:.4g} ms{bound}{warning}", file=sys.stderr)
    return measured


def _run(case: Case, effort: Effort, machine: Machine) -> Measurement:
    request = {"case": asdict(case), "effort": asdict(effort)} | asdict(machine)
    worker = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker", json.dumps(request)],
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": str(machine.threads)},
        text=True,
    )
    if worker.returncode:
        print(f"benchmarks: {case.label}: its process ended with exit status {worker.returncode}", file=sys.stderr)
        sys.exit(worker.returncode if worker.returncode > 0 else 1)
    return Measurement.from_json(json.loads(worker.stdout))
