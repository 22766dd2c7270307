"""The commands that let others check recorded scores: bundle, verify."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.completion import complete_run
from erac_vaml.cli.options import Config, Results, run_and_results


def bundle(
    run: Annotated[
        str,
        typer.Argument(help="A finished run of an actor: TASK/ALGORITHM/RUN or its path.", autocompletion=complete_run),
    ],
    config: Config = None,
    results: Results = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write (default: EXPERIMENT-TASK-ALGORITHM-RUN.zip).")
    ] = None,
) -> None:
    """Pack the scores and outputs of a finished run into one file, so that others can verify the scores."""
    from erac_vaml.files import write_bytes
    from erac_vaml.runs.bundle import bundle_run

    experiment, found, folder = run_and_results(run, config, results)
    path = output or Path(f"{experiment.name}-{found.task}-{found.algorithm}-{found.name}.zip")
    write_bytes(path, bundle_run(experiment, found, folder))
    print(path)


def verify(
    path: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A file that `erac-vaml bundle` wrote.")],
    references: Annotated[Path, typer.Option(help="Prepared references of the test set, plain or gzipped (.gz).")],
) -> None:
    """Compute the scores of a bundle again, and compare them with the recorded ones.

    Exits with status 1 if they differ, or if the references are not those of the run.
    """
    from erac_vaml.runs.verification import verify_bundle

    found = verify_bundle(path, references)
    record, scores = found.bundle.record, found.bundle.scores
    same = found.signature == record.bleu_signature
    print(f"run         {record.experiment}: {record.run}, {scores.status}")
    print(f"references  {references}, {record.references.lines} lines")
    print(f"recorded    {_shown(found.recorded)}")
    print(f"recomputed  {_shown(found.recomputed)}")
    print(f"signature   {found.signature}" + ("" if same else f"; recorded with {record.bleu_signature}"))
    if not found.own_references:
        print(f"Not decided: {references} is not the run's {record.references.file}; its SHA-256 differs.")
    elif found.fault:
        print(f"The recorded scores are wrong: {found.fault}.")
    else:
        print("The recorded scores are confirmed.")
        return
    sys.exit(1)


def _shown(scores: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.6f}" for name, value in scores.items())
