"""Runs that wait, or whose time is over, at a step: no test depends on how fast the machine is.

`after_each_step` does it in this process. `Held` does it in the processes of a workflow, by their environment, which
`sitecustomize.py` beside this file reads.
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
        act: takes the number of steps that the run has done in all its attempts, and a function that returns whether
            the run has to stop.
        patch: how to replace an attribute; a monkeypatch's `setattr` puts it back.
    """
    from erac_vaml.runs.watch import Watch

    due = Watch.due

    def act_and_due(watch: Any, state: Any) -> bool:
        act(state.step, lambda: watch._stopping.requested)
        return due(watch, state)

    patch(Watch, "due", act_and_due)


def wait_to_be_stopped(must_stop: Callable[[], bool]) -> None:
    """Wait until the run has to stop, or is killed."""
    while not must_stop():
        time.sleep(0.001)


def end_time() -> None:
    """Make the run's time over, as the timer of its time limit does."""
    os.kill(os.getpid(), signal.SIGALRM)


class Held:
    """Runs of a workflow, each held once, at a step, until it is released or has to stop."""

    def __init__(self, folder: Path, step: int, only: str | None = None, time_over_at: int | None = None) -> None:
        """Hold runs at a step; `only` one of them, or all. The time of each attempt is over at another step."""
        folder.mkdir()
        self._folder = folder
        plan = {"folder": str(folder), "step": step, "only": only, "time_over_at": time_over_at}
        places = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {PLAN: json.dumps(plan), "PYTHONPATH": os.pathsep.join(places)}
        """What the workflow's processes need in their environment."""

    def runs(self) -> dict[str, str]:
        """Return the runs that are held now, each with the number of its Slurm job."""
        found = {path.name.replace(":", "/"): path.read_text() for path in self._folder.iterdir()}
        return {run: job.strip() for run, job in found.items() if job.endswith("\n")}

    def release(self, run: str) -> None:
        """Let a run go on."""
        (self._folder / run.replace("/", ":")).write_text("")


def follow_plan() -> None:
    """Hold the run that this process trains, and end its time, as the environment says."""
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
