"""Run all checks one after the other, and print their findings."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.markup import escape

from erac_vaml.config import load_experiment
from erac_vaml.errors import UserError
from erac_vaml.operations.console import make_console
from erac_vaml.operations.doctor.data import check_prepared_data, check_raw_files
from erac_vaml.operations.doctor.finding import Finding, Level
from erac_vaml.operations.doctor.machine import check_disk, check_gpu, check_packages
from erac_vaml.operations.doctor.runs import check_runs
from erac_vaml.operations.doctor.workflow import check_workflow
from erac_vaml.operations.wording import counted
from erac_vaml.plan import Plan

_ROOT = Path(__file__).parents[4]
"""The repository, if the package was installed from one."""
_STYLES: dict[Level, str] = {"ok": "green", "note": "yellow", "problem": "bold red"}


def examine(files: Sequence[Path], results: Path | None, at_once: int | None) -> Iterator[Finding]:
    """Yield the findings of all checks. If the configuration is invalid, nothing else is checked.

    Args:
        files: the configuration files.
        results: folder of the experiment's results; None: its own.
        at_once: number of runs that train in parallel; None: as many as this machine has GPUs or cores for.
    """
    try:
        experiment = load_experiment(*files)
        plan = Plan(experiment)
        runs = counted(len(plan.runs), "run")
    except UserError as error:
        yield Finding("problem", "configuration", str(error))
        return
    yield Finding("ok", "configuration", f"{' + '.join(map(str, files))}: experiment {experiment.name!r}, {runs}")
    folder = results or experiment.results
    yield from check_raw_files(experiment, files, folder)
    yield from check_prepared_data(experiment, files, folder)
    yield from check_disk(plan, folder, at_once)
    yield from check_gpu(_ROOT)
    yield from check_packages(_ROOT)
    yield from check_workflow(files, folder)
    yield from check_runs(plan, files, folder)


def print_findings(findings: Iterable[Finding]) -> bool:
    """Print each finding as it comes, with its command below. Return whether there was no problem."""
    console = make_console()
    problems = 0
    for finding in findings:
        problems += finding.level == "problem"
        style = _STYLES[finding.level]
        console.print(f"[{style}]{finding.level:8}[/]{finding.subject:16} {escape(finding.text)}", soft_wrap=True)
        if finding.command:
            console.print(f"{'':25}{escape(finding.command)}", style="bold", soft_wrap=True)
    return problems == 0
