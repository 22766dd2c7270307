"""The command line: `python -m benchmarks --help`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cases import FULL, SHORT, Stage, growth_cases, stage_cases
from benchmarks.peers import compare_with_peers
from benchmarks.report import Report
from benchmarks.run import Machine, run_cases

_OUTPUT = Path("results/benchmarks/benchmark.json")


def main(
    stage: Annotated[list[Stage] | None, typer.Option(help="Measure only this stage; may be repeated.")] = None,
    short: Annotated[bool, typer.Option("--short", help="Fewer steps, no input feeding, no growth.")] = False,
    shapes: Annotated[bool, typer.Option("--shapes", help="Print all bare products.")] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; default: all cores.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    precision: Annotated[str, typer.Option(help="Of matrix products: float32, tf32 or bf16.")] = "float32",
    peers: Annotated[bool, typer.Option("--peers", help="Only compare MLE with JoeyNMT, installed from PyPI.")] = False,
    output: Annotated[Path, typer.Option(help="JSON file; the picture is written next to it.")] = _OUTPUT,
) -> None:
    """Compare every training step, beam search and prefix BLEU with the limits of this machine."""
    stages, effort = stage or list(Stage), SHORT if short else FULL
    machine = Machine(threads or os.cpu_count() or 1, device, precision)
    if peers:
        print(compare_with_peers(machine, effort))
        return
    at_size = stage_cases(stages, input_feeding_too=not short)
    growing = {} if short else growth_cases(stages)
    every = dict.fromkeys([*at_size, *(case for cases in growing.values() for case in cases)])
    measured = run_cases(list(every), effort, machine)
    report = Report(
        effort,
        machine,
        steps=[measured[case] for case in at_size],
        growth={what: [measured[case] for case in cases] for what, cases in growing.items()},
    )
    report.write(output)
    print(report.text(shapes))
    print(f"\n{output}, {output.with_suffix('.png')}")


if __name__ == "__main__":
    typer.run(main)
