"""The commands that look after an experiment: `erac-vaml status`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.config import load_experiment
from erac_vaml.options import Config, Results, results_folder


def status(
    config: Config = Path("config.yaml"),
    results: Results = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing it, until nothing is left to do.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; docs/operations.md has the keys.")] = False,
) -> None:
    """Show where every run stands: waiting, running, stopped, finished, diverged or failed, and why."""
    from erac_vaml.operations import status as state
    from erac_vaml.operations import status_view

    experiment = load_experiment(config)
    folder, moment = results_folder(experiment, results), datetime.now(UTC)
    if watch:
        status_view.watch(experiment, folder, lambda: state.read_status(experiment, folder))
        return
    statuses = state.read_status(experiment, folder, moment)
    if as_json:
        print(json.dumps(state.as_json(experiment, folder, statuses, moment), indent=1, ensure_ascii=False))
    else:
        status_view.make_console().print(status_view.overview(experiment, folder, statuses))
