"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.config import Experiment

Config = Annotated[Path, typer.Option(help="Configuration file of the experiment.")]
Results = Annotated[Path | None, typer.Option(help="Folder of its results; results/NAME where it is not given.")]

Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads; by default PyTorch chooses.")]


def results_folder(experiment: Experiment, results: Path | None) -> Path:
    """Return the folder of an experiment's results: the given one, or its own."""
    return results or experiment.results


def set_threads(threads: int | None) -> None:
    """Set the number of CPU threads, and let the process keep the memory that it frees."""
    from erac_vaml.kernels.allocator import keep_freed_memory

    keep_freed_memory()
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
