"""All that needs a GPU: its tests, the benchmark and a short experiment, with one report of what they saw.

Usage: make gpu
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from erac_vaml.files import write_text
from erac_vaml.operations.doctor.machine import check_gpu, check_packages
from erac_vaml.operations.wording import duration
from erac_vaml.runs.device import device_name
from erac_vaml.runs.origin import code_version

ROOT = Path(__file__).parents[1]
EXPERIMENT = ROOT / "results" / "gpu"
REPORT = ROOT / "results" / "gpu.md"
_LINES = 60
"""Lines of a part's output that the report quotes: its last ones."""


@dataclass(frozen=True)
class Part:
    """A command that needs a GPU."""

    title: str
    arguments: str
    """Arguments of Python, as in a shell."""
    table: Path | None = None
    """A Markdown file that it makes, for the report."""

    @property
    def command(self) -> str:
        """The command as one types it."""
        return f"python {self.arguments}"


@dataclass(frozen=True)
class Outcome:
    """What a part came to."""

    part: Part
    status: int
    """Exit status; negative: the signal that ended it."""
    seconds: float
    output: str
    """The end of its output and error stream."""

    @property
    def text(self) -> str:
        """The outcome in words."""
        return "passed" if self.status == 0 else f"**failed**, exit status {self.status}"


PARTS = (
    Part("Tests", "-m pytest -m gpu -v"),
    Part("Benchmark", "-m benchmarks --short --device cuda --output results/benchmarks/gpu.json"),
    # Four runs at once, because each takes some memory of the GPU for itself.
    Part(
        "Short experiment",
        "-m erac_vaml.cli warm -- snakemake --profile profiles/local --resources gpu=4 "
        "--configfile config.yaml config/overlays/quick.yaml --config name=gpu",
        EXPERIMENT / "tables" / "table1.md",
    ),
)


def main() -> None:
    """Run all parts and write `results/gpu.md`; the exit status is 1 if one fails, 2 without a GPU."""
    if not torch.cuda.is_available():
        print("benchmarks.gpu: no CUDA device here that torch can use; `erac-vaml doctor` says more", file=sys.stderr)
        sys.exit(2)
    shutil.rmtree(EXPERIMENT, ignore_errors=True)  # Its runs would count as finished.
    outcomes = run_all(PARTS, machine(), REPORT)
    print(f"\n{REPORT}: please attach it to an issue, whatever it says")
    sys.exit(any(outcome.status for outcome in outcomes))


def run_all(parts: Sequence[Part], rows: Sequence[tuple[str, str]], report: Path) -> list[Outcome]:
    """Run the parts one after the other, and write the report after each, so that no later one can lose it.

    Args:
        parts: the parts; one that fails does not stop the others.
        rows: what the report says about the machine, as names and values.
        report: the Markdown file to write.
    """
    outcomes: list[Outcome] = []
    for part in parts:
        outcomes.append(run(part))
        write_text(report, in_words(rows, outcomes))
    return outcomes


def run(part: Part) -> Outcome:
    """Run a part in the repository and show its output."""
    print(f"\n{part.title}: {part.command}", flush=True)
    started, lines = time.monotonic(), deque[str](maxlen=_LINES)
    command = [sys.executable, *shlex.split(part.arguments)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return Outcome(part, child.returncode, time.monotonic() - started, "".join(lines))


def machine() -> list[tuple[str, str]]:
    """Return what the report says about this machine and this code."""
    return [
        *((found.subject, found.text) for found in (*check_gpu(ROOT), *check_packages(ROOT))),
        ("CUDA of torch", str(torch.version.cuda)),
        ("processor", f"{device_name(torch.device('cpu'))}, {os.cpu_count()} threads"),
        ("commit", code_version()),
        ("started", datetime.now(UTC).isoformat(timespec="seconds")),
    ]


def in_words(rows: Sequence[tuple[str, str]], outcomes: Sequence[Outcome]) -> str:
    """Return the report in Markdown."""
    lines = ["# What `make gpu` saw", "", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    lines += ["", "| Part | Outcome | Time |", "|---|---|---|"]
    lines += [f"| {found.part.title} | {found.text} | {duration(found.seconds)} |" for found in outcomes]
    for found in outcomes:
        lines += ["", f"## {found.part.title}", "", f"`{found.part.command}`", ""]
        if found.part.table is not None and found.part.table.exists():
            lines += [found.part.table.read_text(encoding="utf-8").strip(), ""]
        lines += ["````text", found.output.rstrip(), "````"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
