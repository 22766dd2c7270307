"""Test sentences side by side: the source, the reference, and what one run of each algorithm says."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from erac_vaml.config import Experiment
from erac_vaml.data.corpus import read_lines
from erac_vaml.errors import UserError
from erac_vaml.plan import algorithm_runs
from erac_vaml.reporting.labels import ALGORITHMS
from erac_vaml.reporting.scores import rows_of


@dataclass(frozen=True)
class Sample:
    """One test sentence."""

    number: int
    """Line in the test set, from 1."""
    source: str
    reference: str
    translations: dict[str, str]
    """By algorithm and run, for example "ERAC (critic1-actor1)"."""


def sample_translations(
    experiment: Experiment, results: Path, scores: pd.DataFrame, task: str, count: int = 20
) -> list[Sample]:
    """Return `count` sentences spread evenly over the test set, with each algorithm's first finished run.

    None where the data are not prepared.

    Raises:
        UserError: a run's hypotheses are missing, or not as many as the test sentences.
    """
    data = results / "data" / experiment.tasks[task].dataset
    if not (data / "test.source.txt").exists():
        return []
    sources, references = read_lines(data / "test.source.txt"), read_lines(data / "test.target.txt")
    said: dict[str, list[str]] = {}
    for algorithm, label in ALGORITHMS.items():
        rows = rows_of(scores, algorithm_runs(experiment, task, algorithm))
        finished = rows.loc[rows["status"] == "finished", "run"]
        if finished.empty:
            continue
        run = finished.iloc[0]
        path = results / "runs" / task / algorithm / run / "hypotheses.txt"
        said[f"{label} ({run})"] = read_lines(path)
        if len(said[f"{label} ({run})"]) != len(sources):
            raise UserError(f"{path}: not {len(sources)} lines, as the test set has; train the run again")
    chosen = np.unique(np.linspace(0, len(sources) - 1, min(count, len(sources))).round().astype(int))
    return [
        Sample(int(index) + 1, sources[index], references[index], {name: lines[index] for name, lines in said.items()})
        for index in chosen
    ]
