"""The command that compares two experiments: compare."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.options import experiment_and_results
from erac_vaml.errors import UserError, did_you_mean

_FOLDER = "Folder of the results of an experiment, or its name in results/."


def compare(
    first: Annotated[Path, typer.Argument(help=_FOLDER)],
    second: Annotated[Path, typer.Argument(help=_FOLDER)],
    metric: Annotated[str, typer.Option(help="Measure of scores.json, for example test_chrf.")] = "test_bleu",
    output: Annotated[Path | None, typer.Option(help="Also write this file: .csv or .md.")] = None,
) -> None:
    """Compare the algorithms of two experiments: mean and deviation of both, and the difference, paired by seed."""
    from erac_vaml.files import write_text
    from erac_vaml.operations.console import make_console, make_table
    from erac_vaml.plan import Plan
    from erac_vaml.reporting.tables.numbers import mean_std
    from erac_vaml.runs.scores import MEASURES
    from erac_vaml.verdict.experiments import changes_data, compare_experiments
    from erac_vaml.verdict.wording import PERCENT, signed_interval

    if metric not in MEASURES:
        raise UserError(
            f"--metric {metric}: no such measure; {did_you_mean(metric, MEASURES)}take {', '.join(MEASURES)}"
        )
    if output is not None and output.suffix not in (".csv", ".md"):
        raise UserError(f"--output {output}: give a name that ends in .csv or .md")
    folders = _folder(first), _folder(second)
    plans = [Plan(experiment_and_results(None, folder)[0]) for folder in folders]
    changes = compare_experiments((plans[0], plans[1]), folders, metric)
    if not changes:
        raise UserError(
            f"{folders[0]} and {folders[1]}: no algorithm of the same task has a finished run with {metric} in both"
        )
    names = [folder.name for folder in folders] if folders[0].name != folders[1].name else list(map(str, folders))
    headings = (f"difference [{PERCENT}]", ">pairs", ">p", f"{names[1]} is")
    table = make_table(metric, names[0], ">n", names[1], ">n", *headings)
    for one in changes:
        pairs, p_value = one.contrast.pairs if one.contrast else 0, one.p_value
        table.add_row(
            f"{one.task}/{one.algorithm}",
            *(text for cell in (one.first, one.second) for text in (mean_std(cell), str(cell.n_finished))),
            signed_interval(one.difference),
            str(pairs or ""),
            "" if p_value is None else f"{p_value:.2g}",
            one.outcome,
        )
    console = make_console()
    console.print(table)
    for task in dict.fromkeys(one.task for one in changes if not one.same_references):
        console.print(f"{task}: the test sets differ, so the scores are not comparable")
    if output is not None:
        data = changes_data(changes)
        for number, name in enumerate(names, start=1):
            data.insert(list(data).index(f"mean_{number}"), f"experiment_{number}", name)
        write_text(
            output, data.to_csv(index=False) if output.suffix == ".csv" else data.to_markdown(index=False) + "\n"
        )


def _folder(path: Path) -> Path:
    """Return the folder of an experiment's results.

    Raises:
        UserError: there is no such folder, or it has no configuration.
    """
    for folder in (path, Path("results") / path):
        if (folder / "config.yaml").exists():
            return folder
    known = [str(file.parent.name) for file in Path("results").glob("*/config.yaml")]
    raise UserError(
        f"{path}: no results of an experiment, as it has no config.yaml; {did_you_mean(str(path), known)}name a folder "
        "such as results/mini"
    )
