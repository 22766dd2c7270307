"""The commands that monitor an experiment: plan, status, curves, doctor."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from erac_vaml.cli.completion import complete_run
from erac_vaml.cli.options import (
    Config,
    Results,
    configuration_files,
    experiment_and_results,
    run_and_results,
)
from erac_vaml.errors import UserError
from erac_vaml.plan import Plan

_AT_ONCE = "Number of runs that train in parallel (default: as many as this machine has GPUs or cores for)."


def plan(
    config: Config = None,
    results: Results = None,
    runs_too: Annotated[bool, typer.Option("--runs", help="Print only the names of the runs.")] = False,
    at_once: Annotated[int | None, typer.Option(min=1, max=1_000_000, help=_AT_ONCE)] = None,
    assume_tflops: Annotated[
        float | None,
        typer.Option(
            min=1e-6,
            max=1e9,
            help="Assumed speed in TFLOP/s of runs without a measured speed (default: 10).",
        ),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Move outdated runs (their settings, parents or data changed) to replaced/."),
    ] = False,
) -> None:
    """Estimate the time and disk space of an experiment, and list finished and stopped runs that are outdated.

    Exits with status 3 if there are outdated runs, unless `--yes` moves them. Nothing is deleted.
    """
    experiment, folder = experiment_and_results(config, results)
    planned = Plan(experiment)
    if runs_too:
        print("\n".join(planned.runs))
        return
    from erac_vaml.operations.console import make_console
    from erac_vaml.operations.estimate import estimate
    from erac_vaml.operations.outdated import EXIT_STATUS, compare_runs, set_aside
    from erac_vaml.operations.plan_view import estimates_view, outdated_view
    from erac_vaml.operations.wording import counted, duration
    from erac_vaml.runs.lock import claim_results

    console = make_console()
    # No workflow may work on these results while runs are moved.
    claim = claim_results(folder) if yes else None
    compared = compare_runs(planned, folder)
    outdated = compared.outdated
    moved = set_aside(outdated, folder, datetime.now(UTC)) if outdated and yes else None
    if claim:
        claim.release()
    print(f"Experiment {experiment.name}: {counted(len(planned.runs), 'run')}; `erac-vaml plan --runs` lists them")
    for unreadable in compared.unreadable:
        print(f"warning: {unreadable}; the runs that need it are not compared, nor moved", file=sys.stderr)
    console.print(estimates_view(experiment, folder, estimate(planned, folder, assume_tflops), at_once))
    if not outdated:
        return
    print()
    console.print(outdated_view(outdated))
    lost = f"{counted(len(outdated), 'run')} ({duration(sum(one.seconds for one in outdated))} of training)"
    if moved:
        print(f"\n{lost} moved to {moved}; the workflow will train them again")
        return
    print(f"\n{lost} outdated. Undo the change to keep them, or add --yes to move them to replaced/")
    sys.exit(EXIT_STATUS)


def status(
    config: Config = None,
    results: Results = None,
    watch: Annotated[bool, typer.Option("--watch", help="Update it until all runs have ended, or Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (docs/how-to/follow-and-resume.md).")] = False,
) -> None:
    """Show the state of every run: waiting, running, stopped, finished, diverged or failed, with the reason."""
    if watch and as_json:
        raise UserError("--watch and --json: give one of them; for JSON again and again, repeat the call with --json")
    from erac_vaml.operations import status as state
    from erac_vaml.operations import status_view
    from erac_vaml.operations.console import make_console

    experiment, folder = experiment_and_results(config, results)
    planned, moment = Plan(experiment), datetime.now(UTC)
    if watch:
        status_view.watch(experiment, folder, lambda: state.read_status(planned, folder))
        return
    statuses = state.read_status(planned, folder, moment)
    if as_json:
        print(json.dumps(state.as_json(experiment, folder, statuses, moment), indent=1, ensure_ascii=False))
    else:
        make_console().print(status_view.overview(experiment, folder, statuses))


def curves(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Runs: TASK/ALGORITHM/RUN or their paths (default: those that train now).",
            autocompletion=complete_run,
        ),
    ] = None,
    config: Config = None,
    results: Results = None,
    watch: Annotated[bool, typer.Option("--watch", help="Update them until all have ended, or Ctrl-C.")] = False,
) -> None:
    """Show the learning curves of runs so far: loss, validation scores and learning rate of each epoch."""
    from erac_vaml.operations.console import keep_showing, make_console
    from erac_vaml.operations.curves import curves as show
    from erac_vaml.operations.status import read_status

    if runs:
        named = [run_and_results(run, config, results) for run in runs]
        chosen, folder = [run for _, run, _ in named], named[0][2]
        if any(other.resolve() != folder.resolve() for _, _, other in named):
            raise UserError("curves: these runs belong to several experiments; name runs of one")
    else:
        experiment, folder = experiment_and_results(config, results)
        chosen = [status.run for status in read_status(Plan(experiment), folder) if status.state == "running"]
        if not chosen:
            raise UserError(
                f"curves: no run of experiment {experiment.name!r} trains now; name runs (erac-vaml plan --runs)"
            )
    if watch:
        keep_showing(lambda: show(chosen, folder))
    else:
        make_console().print(show(chosen, folder)[0])


def doctor(
    config: Config = None,
    results: Results = None,
    at_once: Annotated[int | None, typer.Option(min=1, max=1_000_000, help=_AT_ONCE)] = None,
) -> None:
    """Find problems that may stop the experiment, and print the command that fixes each of them.

    Changes nothing. Exits with status 1 if there is a problem.
    """
    from erac_vaml.operations.doctor.examination import examine, print_findings

    if not print_findings(examine(configuration_files(config, results), results, at_once)):
        sys.exit(1)
