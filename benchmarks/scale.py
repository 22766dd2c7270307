"""How time and memory of preparation and planning grow: a grid of thousands of runs, a corpus of a million pairs.

Usage: python -m benchmarks.scale --runs 2000 --pairs 1000000
"""

import math
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import pandas as pd
import typer
import yaml

from benchmarks.workload import sentence_lengths

ROOT = Path(__file__).parents[1]
ERAC_VAML = [sys.executable, "-m", "erac_vaml.cli"]
WORDS = 50_000
"""Different words of a side of the corpus; their frequencies follow Zipf's law."""


@dataclass(frozen=True)
class Cost:
    """What a command took, its child processes included."""

    command: str
    seconds: float
    """Wall time."""
    cpu_seconds: float
    peak_gib: float
    """Peak resident memory of the largest process; at least that of this one, 0.3 GiB, which Linux counts too."""


def cost(name: str, command: Sequence[str]) -> Cost:
    """Run a command in the repository, without its output, and return its cost.

    Raises:
        SystemExit: the command failed; its messages have been printed.
    """
    started = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    # doctor's status is 1 where something is missing, here the data.
    if child.returncode not in (0, 1):
        sys.exit(f"benchmarks.scale: {' '.join(command)}: exit status {child.returncode}")
    seconds = time.perf_counter() - started
    return Cost(name, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20)


def planning(folder: Path, runs: int) -> list[Cost]:
    """Return the costs of all commands that plan, for a grid of about `runs` ERAC runs of the mini experiment."""
    side = math.ceil(math.sqrt(runs))
    vary = {
        "joint.lambda_mle": [round(value, 6) for value in np.linspace(0.01, 1, side).tolist()],
        "joint.learning_rate": [round(value, 8) for value in np.linspace(1e-4, 1e-3, math.ceil(runs / side)).tolist()],
    }
    content = {
        "name": f"scale-{os.getpid()}",
        "datasets": {"mini": {"kind": "mini"}},
        "tasks": {"mt": {"dataset": "mini", "algorithms": ["mle", "erac"], "seeds": {"critics": 1, "actors": 1}}},
        "ablations": {"grid": {"task": "mt", "vary": vary, "seeds": {"critics": 1, "actors": 1}}},
    }
    config = str(folder / "grid.yaml")
    Path(config).write_text(yaml.safe_dump(content), encoding="utf-8")
    dry_run = [sys.executable, "-m", "snakemake", "-n", "--quiet", "all", "--configfile", config]
    return [
        cost(f"snakemake -n, {runs:,} runs", dry_run),
        *(
            cost(f"{name}, {runs:,} runs", [*ERAC_VAML, name, "--config", config])
            for name in ("plan", "status", "doctor")
        ),
    ]


def preparing(folder: Path, pairs: int) -> Cost:
    """Return the cost of `erac-vaml prepare` on pairs with the lengths of IWSLT14's sentences."""
    generator = np.random.default_rng(1)
    words = np.array([f"word{number}" for number in range(WORDS)])
    zipf = np.cumsum(1 / np.arange(1, WORDS + 1))
    sides = sentence_lengths(pairs, generator)
    dataset: dict[str, object] = {
        "kind": "parallel",
        "tokenised": True,
        "source_language": "de",
        "target_language": "en",
    }
    for split, count in (("train", pairs), ("valid", 1000), ("test", 1000)):
        files = [folder / f"{split}.{side}" for side in ("source", "target")]
        for path, lengths in zip(files, sides, strict=True):
            with open(path, "w", encoding="utf-8") as text:
                for some in np.array_split(lengths[:count], math.ceil(count / 10_000)):
                    # All at once would be gigabytes, which the system would count as the child's peak.
                    ends = np.cumsum(some)
                    drawn = words[np.searchsorted(zipf, zipf[-1] * generator.random(ends[-1]))]
                    text.writelines(" ".join(sentence) + "\n" for sentence in np.split(drawn, ends[:-1]))
        dataset[split] = [str(path) for path in files]
    content = {"name": "scale", "datasets": {"large": dataset}, "tasks": {"large": {"dataset": "large"}}}
    config = folder / "corpus.yaml"
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    output = ["--dataset", "large", "--output", str(folder / "large")]
    return cost(f"prepare, {pairs:,} pairs", [*ERAC_VAML, "prepare", "--config", str(config), *output])


def main(
    runs: Annotated[int, typer.Option(min=1, help="Runs of the grid.")] = 2_000,
    pairs: Annotated[int, typer.Option(min=1_000, help="Sentence pairs of the corpus.")] = 1_000_000,
) -> None:
    """Print time and memory of preparation and planning at this size."""
    with TemporaryDirectory() as name:
        costs = [preparing(Path(name), pairs), *planning(Path(name), runs)]
    table = pd.DataFrame(costs).rename(columns={"seconds": "s", "cpu_seconds": "CPU s", "peak_gib": "peak GiB"})
    print(table.to_markdown(index=False, tablefmt="simple", floatfmt=".2f"))


if __name__ == "__main__":
    typer.run(main)
