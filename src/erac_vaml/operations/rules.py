"""Provide what the rules of the workflow need: settings as parameters, and the commands that they call.

Snakemake repeats a job when one of its parameters has changed. A job that writes settings has each setting as a
parameter. So a change repeats the job, and `snakemake -n` shows the old and the new value.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

from erac_vaml.errors import UserError


def settings_params(settings: Mapping[str, Mapping[str, Any]], job: str) -> list[Callable[[Any], str]]:
    """Return the parameters of a rule: for each setting a text such as `raml.tau=1.0`, empty if a job lacks it.

    Args:
        settings: the settings of each job of the rule, nested or not.
        job: the key of a job in `settings`, with wildcards in braces.
    """
    texts = {
        key: {name: f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in _flat(own, "")}
        for key, own in settings.items()
    }
    # Snakemake compares parameters as a set. It always has "", so a setting that only other jobs have changes nothing.
    names = ["", *dict.fromkeys(name for own in texts.values() for name in own)]

    # Functions, because Snakemake would look for wildcards in a text.
    return [_Param(texts, job, name) for name in names]


class _Param:
    """A function of the wildcards that returns the text of one setting of a job."""

    # Snakemake reads the signature of each parameter three times a job, which for a function takes a fifth of its plan.
    __signature__ = Signature([Parameter("wildcards", Parameter.POSITIONAL_ONLY)])

    def __init__(self, texts: Mapping[str, Mapping[str, str]], job: str, name: str) -> None:
        self._texts, self._job, self._name = texts, job, name

    def __call__(self, wildcards: Any) -> str:
        return self._texts[self._job.format(**wildcards)].get(self._name, "")


def put_commands_on_path() -> None:
    """Put the folder of the Python that runs Snakemake on PATH, so that jobs find `erac-vaml` there.

    So the environment need not be activated.
    """
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])


def require_commands(workflow: Any) -> None:
    """Check that the jobs will find `erac-vaml`, unless a container has it.

    Args:
        workflow: Snakemake's object.

    Raises:
        UserError: the package is not installed where Snakemake is.
    """
    if shutil.which("erac-vaml") is None and not workflow.deployment_settings.deployment_method:
        raise UserError(
            f"erac-vaml: not installed beside {sys.executable}, so no job can call it; run `make .venv/.complete` in "
            "the repository and start Snakemake from that .venv, or give the jobs a container "
            "(docs/how-to/environments.md)"
        )


def refuse_results_that_are_no_folder(results: Path) -> None:
    """Check that the folder of the results can be made; without it, Snakemake ends in a traceback.

    Raises:
        UserError: there is a file in its place, or in that of a folder above it.
    """
    for folder in (results, *results.parents):
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder}: is a file, but the results in {results} need a folder; move or rename it")


def lift_default_rate_limit(workflow: Any) -> None:
    """Lift Snakemake's default limit of 100 jobs started in a second; a limit that somebody sets stays.

    Under a limit Snakemake looks for jobs anew in each time span, once for each job that it has started so far. After a
    hundred jobs that takes a third of a core.

    Args:
        workflow: Snakemake's object, as it is when `onstart` is called.
    """
    limiter = workflow.scheduler.job_rate_limiter
    if limiter is not None and (limiter.max_jobs, limiter.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def _flat(settings: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield `section.field` and value of nested settings."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
