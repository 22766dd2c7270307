"""What the workflow's rules are given: settings as parameters, and the commands that they call.

Snakemake repeats a job when one of its parameters has changed. A job that writes settings has each of them as a
parameter, so that a change repeats it, and `snakemake -n` names the setting with its old and new value.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any


def settings_params(settings: Mapping[str, Mapping[str, Any]], job: str) -> list[Callable[[Any], str]]:
    """Return the parameters of a rule: for each setting a text such as `raml.tau=1.0`, empty where a job lacks it.

    Args:
        settings: of all jobs of the rule, nested as they may be.
        job: a job's key in `settings`, with the wildcards in braces.
    """
    texts = {key: {name: f"{name}={_json(value)}" for name, value in _flat(own, "")} for key, own in settings.items()}
    # Snakemake compares parameters as a set: with "" always in it, a setting that only other jobs have changes nothing.
    names = ["", *dict.fromkeys(name for own in texts.values() for name in own)]

    def param(name: str) -> Callable[[Any], str]:
        # A function of the wildcards, because Snakemake would look for wildcards in a text.
        return lambda wildcards: texts[job.format(**wildcards)].get(name, "")

    return [param(name) for name in names]


def put_commands_on_path() -> None:
    """Let `erac-vaml` be found beside the Python that runs Snakemake, also where its environment is not activated."""
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _flat(settings: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield nested settings as `section.field` and value."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
