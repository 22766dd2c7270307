"""The commands that explain: theory, bounds, schema."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.completion import complete_dataset
from erac_vaml.cli.options import Config, experiment_and_results
from erac_vaml.errors import UserError


def theory(
    output: Annotated[Path, typer.Option(help="Folder for the figure and its tables.")],
    seeds: Annotated[
        int, typer.Option(min=1, max=10_000, help="Number of streams of random sequences to learn from.")
    ] = 10,
    steps: Annotated[
        int, typer.Option(min=1, max=10_000_000, help="Steps of each learner, five sequences each.")
    ] = 5000,
) -> None:
    """Show Proposition 1, soft Q-learning, RAML and VAML on a task whose sequences can all be listed."""
    from erac_vaml.theory.learning import Effort
    from erac_vaml.theory.run import write_theory

    write_theory(output, Effort(seeds=seeds, steps=steps))


def bounds(
    dataset: Annotated[str, typer.Option(help="A data set of kind mini.", autocompletion=complete_dataset)] = "mini",
    output: Annotated[Path | None, typer.Option(help="Also write this JSON file.")] = None,
    config: Config = None,
) -> None:
    """Print the BLEU that the mini language's most probable, random and best wordings reach."""
    from erac_vaml.config.datasets import MiniDataset
    from erac_vaml.evaluation.best_wording import grammar_bounds
    from erac_vaml.files import write_json

    experiment, _ = experiment_and_results(config)
    settings = experiment.datasets.get(dataset)
    if not isinstance(settings, MiniDataset):
        raise UserError(
            f"--dataset {dataset}: experiment {experiment.name!r} has no such data set of kind mini; only its grammar "
            "is known"
        )
    found = grammar_bounds(settings)
    for split, wordings in found.items():
        for name, bleu in wordings.items():
            print(f"{split:<5}  {name:<13}  BLEU {bleu.score:.2f}  length ratio {bleu.length_ratio:.3f}")
    if output is not None:
        write_json(output, {split: {name: bleu._asdict() for name, bleu in by.items()} for split, by in found.items()})


def schema(
    output: Annotated[Path | None, typer.Option(help="File to write (default: standard output).")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a table of every key instead.")] = False,
) -> None:
    """Print the JSON schema of the configuration, or a table of every key."""
    import json

    from erac_vaml.config.schema import experiment_schema, settings_reference
    from erac_vaml.files import write_text

    text = settings_reference() if markdown else json.dumps(experiment_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        print(text, end="")
    else:
        write_text(output, text)
