"""Runs that wait or run out of time at a given step, so that no test depends on the speed of the machine.

`after_each_step` serves runs in this process. `Held` serves the processes of a workflow: it sets their environment,
which `sitecustomize.py` reads.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PLAN = "TESTS_HOLD_RUNS"


def after_each_step(act: Callable[[int, Callable[[], bool]], object], patch: Callable[..., object] = setattr) -> None:
    """Call a function after each training step.

    Args:
        act: the function; its arguments are the number of steps in all attempts of the run, and a function that
            returns whether the run has to stop.
        patch: replaces an attribute; the `setattr` of a monkeypatch restores it later.
    """
    from erac_vaml.runs.watch import Watch

    due = Watch.due

    def act_and_due(watch: Any, state: Any) -> bool:
        act(state.step, lambda: watch._stopping.requested)
        return due(watch, state)

    patch(Watch, "due", act_and_due)


def wait_to_be_stopped(must_stop: Callable[[], bool]) -> None:
    """Wait until the run has to stop or is killed."""
    while not must_stop():
        time.sleep(0.001)


def end_time() -> None:
    """End the run's time, as the timer of its time limit does."""
    os.kill(os.getpid(), signal.SIGALRM)


class Held:
    """Holds each run of a workflow once, at a given step, until it is released or has to stop."""

    def __init__(self, folder: Path, step: int, only: str | None = None, time_over_at: int | None = None) -> None:
        """Plan which runs to hold, and when.

        Args:
            folder: a new folder for the held runs.
            step: the step at which a run is held.
            only: the run to hold; None: all runs.
            time_over_at: the step at which the time of each attempt ends; None: never.
        """
        folder.mkdir()
        self._folder = folder
        plan = {"folder": str(folder), "step": step, "only": only, "time_over_at": time_over_at}
        places = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {PLAN: json.dumps(plan), "PYTHONPATH": os.pathsep.join(places)}
        """Variables for the environment of the workflow."""

    def runs(self) -> dict[str, str]:
        """Return the runs that are held now with the number of their Slurm jobs."""
        found = {path.name.replace(":", "/"): path.read_text() for path in self._folder.iterdir()}
        return {run: job.strip() for run, job in found.items() if job.endswith("\n")}

    def release(self, run: str) -> None:
        """Let a held run continue."""
        (self._folder / run.replace("/", ":")).write_text("")


def follow_plan() -> None:
    """Hold the run that this process trains and end its time, as the environment says."""
    plan = json.loads(os.environ[PLAN])
    run = sys.argv[sys.argv.index("--run") + 1]

    def act(step: int, must_stop: Callable[[], bool]) -> None:
        if step == plan["time_over_at"]:
            end_time()
        path = Path(plan["folder"]) / run.replace("/", ":")
        if step == plan["step"] and plan["only"] in (None, run) and not path.exists():
            path.write_text(f"{os.environ.get('SLURM_JOB_ID', '')}\n")
            while path.read_text() and not must_stop():
                time.sleep(0.01)

    after_each_step(act)
