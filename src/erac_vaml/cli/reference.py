"""The commands that explain: theory, schema."""

from pathlib import Path
from typing import Annotated

import typer


def theory(
    output: Annotated[Path, typer.Option(help="Folder for the figure and its tables.")],
    seeds: Annotated[int, typer.Option(min=1, help="Number of streams of random sequences to learn from.")] = 10,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each learner, five sequences each.")] = 5000,
) -> None:
    """Show Proposition 1, soft Q-learning, RAML and VAML on a task whose sequences can all be listed."""
    from erac_vaml.theory.learning import Effort
    from erac_vaml.theory.run import write_theory

    write_theory(output, Effort(seeds=seeds, steps=steps))


def schema(
    output: Annotated[Path | None, typer.Option(help="File to write; standard output by default.")] = None,
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
