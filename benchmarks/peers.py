"""Compares a step of MLE with the same step of JoeyNMT, in turn in one process, on the same batch.

JoeyNMT is installed from PyPI into a folder of its own, which only this comparison sees.
"""

import json
import logging
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from benchmarks.cases import Case, Effort, Stage
from benchmarks.measurement import DISTURBING
from benchmarks.run import Machine
from benchmarks.subjects import prepare
from benchmarks.timing import Neighbours, milliseconds
from benchmarks.workbench import Workbench
from erac_vaml.kernels.allocator import keep_freed_memory
from erac_vaml.runs.device import choose_device, choose_precision

_REQUIREMENTS = Path(__file__).with_name("peers.txt")
_FOLDER = Path("results/benchmarks/peers")


@dataclass(frozen=True)
class Comparison:
    """Milliseconds of a step of MLE: the medians."""

    input_feeding: bool
    ours: float
    joeynmt: float
    neighbours_share: float
    """Share of the processors' time that other processes used meanwhile."""


def compare_with_peers(machine: Machine, effort: Effort) -> str:
    """Return the table of the comparison, without and with input feeding.

    Raises:
        SystemExit: JoeyNMT cannot be installed, or the measurement failed; its process has printed why.
    """
    _install()
    request = {"effort": asdict(effort)} | asdict(machine)
    paths = [os.environ.get("PYTHONPATH", ""), str(_FOLDER.absolute())]
    environment = os.environ | {
        "OMP_NUM_THREADS": str(machine.threads),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    command = [sys.executable, "-m", "benchmarks.peers", json.dumps(request)]
    worker = subprocess.run(command, stdout=subprocess.PIPE, env=environment, text=True)
    if worker.returncode:
        sys.exit(f"benchmarks: the comparison ended with exit status {worker.returncode}")
    return table([Comparison(**line) for line in json.loads(worker.stdout)], machine)


def table(compared: Sequence[Comparison], machine: Machine) -> str:
    """Return the comparisons as a table; the mark ! says that other processes were running."""
    rows = [
        {
            "one step of MLE": ("input feeding" if one.input_feeding else "without input feeding")
            + (" !" if one.neighbours_share > DISTURBING else ""),
            f"ours, {machine.precision} (ms)": f"{one.ours:.0f}",
            "JoeyNMT, float32 (ms)": f"{one.joeynmt:.0f}",
            "ratio": f"{one.joeynmt / one.ours:.2f}",
        }
        for one in compared
    ]
    return pd.DataFrame(rows).to_markdown(index=False, tablefmt="simple", disable_numparse=True)


def measure(machine: Machine, effort: Effort) -> list[Comparison]:
    """Measure our step and JoeyNMT's in turn, so that both see the same machine."""
    from benchmarks.peer import peer_step  # Only here is it on the path.

    device, compared = choose_device(machine.device), []
    for input_feeding in (False, True):
        case = Case(Stage.MLE, input_feeding)
        ours, theirs = prepare(case, device).step, peer_step(Workbench(case, device), case)
        neighbours = Neighbours()
        times: dict[str, list[float]] = {"ours": [], "joeynmt": []}
        for index in range(effort.warm_up + effort.repetitions):
            choose_precision(machine.precision, device)
            times["ours"].append(milliseconds(partial(ours, index), device))
            choose_precision("float32", device)
            times["joeynmt"].append(milliseconds(theirs, device))
        medians = {name: statistics.median(values[effort.warm_up :]) for name, values in times.items()}
        compared.append(Comparison(input_feeding, neighbours_share=neighbours.share(), **medians))
    return compared


def _install() -> None:
    """Install the peers where they are not, or where their list has changed."""
    done = _FOLDER / "installed.txt"
    wanted = _REQUIREMENTS.read_text(encoding="utf-8")
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade"]
    if subprocess.run([*pip, "--target", str(_FOLDER), "-r", str(_REQUIREMENTS)]).returncode:
        sys.exit(f"benchmarks: the packages of {_REQUIREMENTS} cannot be installed")
    done.write_text(wanted, encoding="utf-8")


def main() -> None:
    """Measure what the argument describes, and print it as JSON."""
    keep_freed_memory()
    logging.disable(logging.INFO)  # JoeyNMT's.
    request = json.loads(sys.argv[1])
    effort, machine = Effort(**request.pop("effort")), Machine(**request)
    torch.set_num_threads(machine.threads)
    print(json.dumps([asdict(one) for one in measure(machine, effort)]))


if __name__ == "__main__":
    main()
